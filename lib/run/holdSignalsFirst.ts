import { holdSignals } from "./context.ts";

// An import, not a call: a program's imports are loaded before its first line runs, and that takes a while.
holdSignals();
