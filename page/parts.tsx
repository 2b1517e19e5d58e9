/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import type { Reason } from "../lib/core/explain/verdict.ts";
import type { ApiError } from "./api.ts";
import { addressOf } from "./address.ts";
import { standingWords } from "./words.ts";

export function AppLink({ id }: { id: string }) {
  return <a href={addressOf({ name: "app", id, query: {} })}>{id}</a>;
}

/** A standing as a word with a mark: colour alone tells nothing to who does not see it. */
export function Standing({ is }: { is: string }) {
  return <span class={`standing ${is}`}>{standingWords[is] ?? is}</span>;
}

/** Text in which what stands between backticks is code. */
export function Code({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => index % 2 ? <code key={index}>{part}</code> : part)}</>;
}

export function Reasons({ all }: { all: readonly Reason[] }) {
  return (
    <ul class="reasons">
      {all.map(({ code, message, hint, since }) => (
        <li>
          <code class="code">{code}</code>
          <span class="said">
            {message}
            {since !== undefined && <span class="quiet">{` since ${new Date(since).toLocaleString()}`}</span>}
          </span>
          <span class="hint">
            <Code text={hint} />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Failure({ error }: { error?: ApiError }) {
  if (!error) return null;
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {error.nearest.length > 0 && (
        <p>
          {"Nearest: "}
          {error.nearest.map((id, index) => (
            <>
              {index > 0 && ", "}
              <AppLink id={id} />
            </>
          ))}
        </p>
      )}
    </div>
  );
}

export function Section(
  { title, children, count }: { title: string; count?: number; children: ComponentChildren },
) {
  return (
    <section>
      <h3>
        {title}
        {count !== undefined && <span class="quiet">{` ${count}`}</span>}
      </h3>
      {children}
    </section>
  );
}
