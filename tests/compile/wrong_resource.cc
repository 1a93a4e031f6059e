// What opens a resource returns it.
// expect: penstock: the function that opens a resource must return it (or Result of it)
#include "penstock/model/definitions_builder.h"
namespace ps = penstock;

struct Database {};
int open_database() { return 1; }

void wrong(ps::DefinitionsBuilder& defs) { defs.resource<Database>("database", &open_database); }
