#include "tests/support/hex_page.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace narfi::testing {

std::string HexOfPage(const std::string& page) {
  std::ifstream file(std::string(NARFI_SOURCE_DIR) + "/" + page);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const size_t begin = all.find("```hex\n");
  if (begin == std::string::npos) return {};
  std::istringstream block(all.substr(begin + 7, all.find("```", begin + 7) - begin - 7));
  std::string out;
  std::string byte;
  while (block >> byte) out += static_cast<char>(std::stoi(byte, nullptr, 16));
  return out;
}

std::string ToHexLines(const std::string& bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += fmt::format("{:02x}{}", static_cast<unsigned char>(bytes[i]),
                       i % 16 == 15 || i + 1 == bytes.size() ? "\n" : " ");
  }
  return out;
}

}  // namespace narfi::testing
