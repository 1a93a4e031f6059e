#include <cstdio>
#include <penstock/base/result.h>

int main() {
  const penstock::Result<int> answer = 42;
  std::printf("installed and linked: %s\n", answer ? "yes" : "no");
  return answer ? 0 : 1;
}
