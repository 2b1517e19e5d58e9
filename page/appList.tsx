/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import type { AppRow } from "../lib/core/api/overview.ts";
import { addressOf, type AppsQuery } from "./address.ts";
import { ApiError, type Apps, ask } from "./api.ts";
import { Failure, Standing } from "./parts.tsx";

const filters = [
  ["", "All"],
  ["not-served", "Not served"],
  ["down", "Down"],
  ["degraded", "Degraded"],
  ["draining", "Draining"],
  ["changed", "Changed"],
] as const;

/** Rows of one question. */
const pageSize = 100;

/** Seconds until what is shown is asked for again. */
const again = 4;

/** A list of any length. It requests the apps page by page, and draws only the rows that are in sight. */
export function AppList({ query, change }: { query: AppsQuery; change: (query: AppsQuery) => void }) {
  const [pages, setPages] = useState<ReadonlyMap<number, readonly AppRow[]>>(new Map());
  const [total, setTotal] = useState<number>();
  const [error, setError] = useState<ApiError>();
  const [note, setNote] = useState<string>();
  const [range, setRange] = useState({ first: 0, last: 40 });
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const key = JSON.stringify(query);

  useEffect(() => {
    setPages(new Map());
    setTotal(undefined);
    scroller.current?.scrollTo(0, 0);
    setRange({ first: 0, last: 40 });
  }, [key]);

  const [from, to] = [Math.floor(range.first / pageSize), Math.floor(range.last / pageSize)];
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function load(): Promise<void> {
      try {
        const wanted = Array.from({ length: to - from + 1 }, (_, index) => from + index);
        const parameters = new URLSearchParams(Object.entries(query));
        if (!document.hidden) {
          for (const page of wanted) {
            parameters.set("offset", `${page * pageSize}`);
            parameters.set("limit", `${pageSize}`);
            const answer = await ask<Apps>(`api/apps?${parameters}`, stop.signal);
            if (stop.signal.aborted) return;
            setTotal(answer.total);
            setNote(answer.statisticsError);
            setError(undefined);
            setPages((known) => new Map([...known, [page, answer.apps]]));
          }
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        setError(error as ApiError);
      }
      timer = setTimeout(load, again * 1000);
    }
    load();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, from, to]);

  const look = () => {
    const element = scroller.current;
    if (!element) return;
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - 10);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + 10;
    setRange((known) => known.first === first && known.last === last ? known : { first, last });
  };
  useEffect(look, [rowHeight, total]);

  const shown = Math.max(0, Math.min(range.last, (total ?? 0) - 1) - range.first + 1);
  const rows = Array.from({ length: shown }, (_, index) => range.first + index);
  const at = (index: number) => pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  return (
    <section class="apps" aria-label="Apps">
      <Controls query={query} change={change} total={total} />
      <Failure error={error} />
      {note && <p class="quiet">{`No live statistics: ${note}`}</p>}
      <div class="columns row" aria-hidden="true">
        <span>App</span>
        <span>Standing</span>
        <span>Reached by</span>
        <span class="number">Servers</span>
        <span class="number">Rate</span>
        <span class="number">Errors</span>
      </div>
      <div class="scroller" ref={scroller} onScroll={look} onKeyDown={moveFocus}>
        {total === 0 && <p class="empty">No app matches.</p>}
        <div class="all" role="list" style={{ height: `${(total ?? 0) * rowHeight}px` }}>
          {rows.map((index) => {
            const row = at(index);
            return (
              <Row key={row?.app ?? index} row={row} index={index} top={index * rowHeight} query={query} />
            );
          })}
        </div>
      </div>
    </section>
  );
}

function Controls(
  { query, change, total }: { query: AppsQuery; change: (query: AppsQuery) => void; total?: number },
) {
  const [text, setText] = useState(query.q ?? "");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(query.q ?? ""), [query.q]);
  const type = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change({ ...query, q: value.trim() || undefined }), 150);
  };
  return (
    <div class="controls">
      <input
        id="search"
        type="search"
        value={text}
        placeholder="Search app, vhost, port, agent   /"
        aria-label="Search app, vhost, port or agent"
        onInput={(event) => type(event.currentTarget.value)}
      />
      <div class="filters" role="group" aria-label="Filter">
        {filters.map(([value, label]) => (
          <button
            type="button"
            aria-pressed={(query.filter ?? "") === value}
            onClick={() => change({ ...query, filter: value || undefined, code: undefined })}
          >
            {label}
          </button>
        ))}
      </div>
      <label class="sort">
        {"Sort by "}
        <select
          value={query.sort ?? "name"}
          onChange={(event) => {
            const { value } = event.currentTarget;
            change({ ...query, sort: value === "name" ? undefined : value });
          }}
        >
          <option value="name">name</option>
          <option value="rate">rate</option>
          <option value="errors">errors</option>
        </select>
      </label>
      {query.code && (
        <button type="button" class="chip" onClick={() => change({ ...query, code: undefined })}>
          {query.code} <span aria-label="remove this reason">×</span>
        </button>
      )}
      <output class="quiet">{total === undefined ? "…" : `${total.toLocaleString("en")} apps`}</output>
    </div>
  );
}

function Row(
  { row, index, top, query }: { row?: AppRow; index: number; top: number; query: AppsQuery },
) {
  const style = { transform: `translateY(${top}px)` };
  if (!row) return <div class="row waiting" role="listitem" style={style}>…</div>;
  const { app, standing, codes, vhosts, ports, up, total, draining, rate, errors } = row;
  const reached = [...vhosts, ...ports.map((port) => `:${port}`)];
  const weak = up !== undefined && up < total;
  return (
    <div role="listitem">
      <a class="row" style={style} href={addressOf({ name: "app", id: app, query })} data-index={index}>
        <span class="name" title={app}>{app}</span>
        <span class="state" title={row.message}>
          <Standing is={standing} />
          {codes.length > 0 && (
            <code class="code">{codes[0]}{codes.length > 1 && ` +${codes.length - 1}`}</code>
          )}
        </span>
        <span class="reached" title={reached.join(" ")}>{reached.join(" ")}</span>
        <span class={`number servers${weak ? " weak" : ""}`}>
          {total === 0 && up === undefined ? "–" : `${up ?? "?"}/${total}`}
          {draining > 0 && <span class="quiet">{` −${draining}`}</span>}
        </span>
        <span class="number rate">{rate === undefined ? "–" : `${rate}/s`}</span>
        <span class={`number errors${errors ? " weak" : ""}`}>{errors ?? "–"}</span>
      </a>
    </div>
  );
}

/** Arrows, Home and End move from row to row. */
function moveFocus(event: KeyboardEvent): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
  const step = steps[event.key];
  const focused = document.activeElement as HTMLElement | null;
  const index = Number(focused?.dataset.index);
  if (step === undefined || Number.isNaN(index)) return;
  const list = event.currentTarget as HTMLElement;
  const next = list.querySelector<HTMLElement>(`[data-index="${Math.max(0, index + step)}"]`);
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Rows are of two lines where there is no room for columns; the style sheet has the same limit. */
function useRowHeight(): number {
  const narrow = matchMedia("(max-width: 760px)");
  const [height, setHeight] = useState(narrow.matches ? 64 : 40);
  useEffect(() => {
    const follow = () => setHeight(narrow.matches ? 64 : 40);
    narrow.addEventListener("change", follow);
    return () => narrow.removeEventListener("change", follow);
  }, []);
  return height;
}
