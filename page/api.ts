/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import type { AppRow, Counts, ReasonCount } from "../lib/core/api/overview.ts";
import type { AppExplanation } from "../lib/core/explain/app.ts";
import type { CertificateState } from "../lib/core/status/state.ts";
import type { Change } from "../lib/core/status/timeline.ts";

interface Presence {
  readonly up: boolean;
  readonly since: string;
  readonly reason?: string;
}

/** The answer of `api/summary`. */
export interface Summary {
  readonly version: string;
  readonly now: string;
  readonly startedAt: string;
  readonly healthy: boolean;
  readonly reasons: readonly string[];
  readonly groups: readonly string[];
  readonly generation: number;
  readonly counts?: Counts;
  readonly notServed: readonly ReasonCount[];
  readonly haproxy: Presence & {
    readonly oldWorkers?: readonly { readonly pid: number; readonly seconds?: number }[];
  };
  readonly eventStream?: Presence;
  readonly lastSynchronisation?: { readonly at: string; readonly reasons: readonly string[] };
  readonly failing?: { readonly since: string; readonly message: string };
  readonly reloads: {
    readonly ok: number;
    readonly failed: number;
    readonly last: readonly {
      readonly at: string;
      readonly reasons: readonly string[];
      readonly failure?: string;
    }[];
  };
  readonly certificates: { readonly count: number; readonly nearest?: CertificateState };
}

export interface Apps {
  readonly total: number;
  readonly offset: number;
  readonly generation: number;
  readonly statisticsError?: string;
  readonly apps: readonly AppRow[];
}

export type AppAnswer = AppExplanation & { readonly statisticsError?: string };

/** A change as JSON has it. */
type ShownChange = Omit<Change, "at"> & { readonly at: string };

export interface Changes {
  readonly changes: readonly ShownChange[];
}

export interface Certificates {
  readonly certificates: readonly CertificateState[];
}

/** What the controller says is wrong with a question, or that it does not answer. */
export class ApiError extends Error {
  constructor(message: string, readonly nearest: readonly string[] = []) {
    super(message);
  }
}

/** @throws {ApiError} */
export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, { signal, cache: "no-store" }).catch((error: Error) => {
    if (signal?.aborted) throw error;
    throw new ApiError("The load balancer does not answer");
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let said: { error?: string; nearest?: string[] } = {};
  try {
    said = JSON.parse(text);
  } catch {
    // HAProxy itself answers in plain text.
    said = { error: text.trim().slice(0, 300) };
  }
  throw new ApiError(said.error ?? `The answer has the status ${response.status}`, said.nearest);
}

export interface Asked<Answer> {
  readonly answer?: Answer;
  readonly error?: ApiError;
}

/** Asks now and again every few seconds while the page can be seen. @param path undefined asks nothing */
export function useApi<Answer>(path: string | undefined, seconds: number): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer> & { path?: string }>({});
  const shown = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => timer = setTimeout(round, seconds * 1000);
    async function round(): Promise<void> {
      if (document.hidden) return void again();
      try {
        const answer = await ask<Answer>(path!, stop.signal);
        if (!stop.signal.aborted) setAsked({ path, answer });
      } catch (error) {
        if (stop.signal.aborted) return;
        const known = shown.current === path;
        setAsked((before) => ({ path, error: error as ApiError, answer: known ? before.answer : undefined }));
      }
      shown.current = path;
      if (!stop.signal.aborted) again();
    }
    round();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, seconds]);
  // The answer to another question is none.
  return asked.path === path ? asked : {};
}
