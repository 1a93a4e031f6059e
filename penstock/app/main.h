// A program's way in: main() of a user's program hands over to Penstock.
#pragma once

#include "penstock/base/result.h"

namespace penstock {

class Definitions;

/// Do what the command line asks for with the definitions of the program, and return the exit
/// status. The function is called when a command needs the definitions, once at most; what is wrong
/// with them, or thrown by it, is printed. Nothing is thrown.
int main(int argc, char** argv, Result<Definitions> (*definitions)());

}  // namespace penstock
