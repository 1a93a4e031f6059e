// Everything a program that declares ops, graphs, jobs and resources needs. Tables are apart, so
// that programs without them compile quickly: penstock/frame/*.h.
#pragma once

#include "penstock/app/main.h"
#include "penstock/base/result.h"
#include "penstock/base/text.h"
#include "penstock/model/config_schema.h"
#include "penstock/model/definitions.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/model/metadata.h"
#include "penstock/model/op_context.h"
#include "penstock/model/resource.h"
