#include <penstock/base/result.h>
#include <cstdio>

int main() {
  const penstock::Result<int> answer = 42;
  std::printf("installed and linked: %s\n", answer ? "yes" : "no");
  return answer ? 0 : 1;
}
