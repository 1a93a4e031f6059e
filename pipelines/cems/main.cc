#include "pipelines/cems/definitions.h"

int main(int argc, char** argv) { return penstock::main(argc, argv, cems::definitions); }
