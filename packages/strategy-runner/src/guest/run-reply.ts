import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { RunError } from "../run.types.ts";
import { isJson, storable } from "./json-text.ts";
import { isSymbol } from "./needs.ts";
import { shownText } from "./run-log.ts";
import { isPositiveDecimal } from "./run-orders.ts";
import { isStateKey } from "./run-state.ts";
import type { RunReply } from "./wire.ts";
