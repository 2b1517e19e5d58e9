import process from "node:process";

/** The signals that mean something to us. */
export type HandledSignal = "SIGHUP" | "SIGUSR1" | "SIGTERM" | "SIGINT";

/** Where signals come from; tests send their own. */
export interface ProcessSignals {
  /** Calls the handler for each signal of this kind from now on. */
  on(signal: HandledSignal, handler: () => void): void;
}

/** The signals of this process. */
export const processSignals: ProcessSignals = {
  on(signal, handler) {
    process.on(signal, handler);
  },
};
