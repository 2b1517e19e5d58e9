/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/// <reference lib="dom" />
import { useEffect, useRef } from "preact/hooks";
import type { ExplainedServer, ServiceExplanation } from "../lib/core/explain/app.ts";
import { type AppAnswer, useApi } from "./api.ts";
import { Failure, Reasons, Section, Standing } from "./parts.tsx";
import { count } from "./words.ts";

/** The chain of one app: labels, rules, generated lines, servers with what HAProxy says of them while this is open. */
export function AppCard({ id, close }: { id: string; close: () => void }) {
  const { answer, error } = useApi<AppAnswer>(`api/app?${new URLSearchParams({ id })}`, 2);
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => card.current?.focus(), [id]);
  return (
    <div class="card" ref={card} tabIndex={-1} role="dialog" aria-label={`App ${id}`}>
      <header>
        <h2>{answer?.app ?? id}</h2>
        {answer && <Standing is={answer.standing} />}
        <button type="button" class="close" onClick={close} aria-label="Close">×</button>
      </header>
      <Failure error={error} />
      {answer && <Chain app={answer} />}
      {!answer && !error && <p class="quiet">…</p>}
    </div>
  );
}

function Chain({ app }: { app: AppAnswer }) {
  const whole = app.reasons.filter(({ index }) => index === undefined);
  return (
    <>
      {whole.length > 0 && <Reasons all={whole} />}
      {app.statisticsError && <p class="quiet">{`No live statistics: ${app.statisticsError}`}</p>}
      {app.services.map((service) => (
        <Service key={service.index} service={service} alone={app.services.length === 1} />
      ))}
      {app.labels.length > 0 && (
        <Section title="Labels" count={app.labels.length}>
          <dl class="labels">
            {app.labels.map(({ name, value, read, reason }) => (
              <div class={reason ? "wrong" : ""}>
                <dt>{name}</dt>
                <dd>
                  <code>{value}</code>
                  {read !== undefined && read !== JSON.stringify(value) && (
                    <span class="quiet">{` read as ${read}`}</span>
                  )}
                  {reason && <span class="said">{reason.message}</span>}
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      {app.tasks.some(({ standing }) => standing === "left-out") && (
        <Section title="Tasks left out">
          <ul class="plain">
            {app.tasks.filter(({ standing }) => standing === "left-out").map((
              { id, host, state, reason },
            ) => (
              <li>
                <code>{id}</code>
                <span class="quiet">{` ${host ?? ""} ${state ?? ""}`}</span>
                {reason && <span class="said">{reason.message}</span>}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function Service({ service, alone }: { service: ServiceExplanation; alone: boolean }) {
  const { index, port, closedPort, standing, reasons, backend, mode, rules, lines, servers, group } = service;
  return (
    <div class="service">
      <h3 class="chain">
        {`Service ${index}`}
        {port !== undefined && <span class="step">{`port ${port}`}</span>}
        {closedPort !== undefined && <span class="step">{`port ${closedPort} closed`}</span>}
        {group && <span class="step">{`group ${group}`}</span>}
        {backend && <span class="step">{`${mode} backend ${backend}`}</span>}
        {!alone && <Standing is={standing} />}
      </h3>
      {reasons.length > 0 && <Reasons all={reasons} />}
      {servers.length > 0 && <Servers servers={servers} />}
      {rules.length > 0 && (
        <Section title="Reached by" count={rules.length}>
          <ul class="plain rules">
            {rules.map(({ frontend, kind, host, path }) => (
              <li>
                <span class="kind">{kind}</span>
                <strong>{host ?? (kind === "port" ? `:${port}` : "")}{path}</strong>
                <span class="quiet">{` in ${frontend}`}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {lines.length > 0 && (
        <details>
          <summary>{`Generated lines ${lines.length}`}</summary>
          <pre class="lines">
            {lines.map(({ text, from }, index) => <span key={index} title={from} data-from={from}>{`${text}\n`}</span>)}
          </pre>
        </details>
      )}
    </div>
  );
}

function Servers({ servers }: { servers: readonly ExplainedServer[] }) {
  const isLive = servers.some(({ live }) => live !== undefined);
  return (
    <Section title={isLive ? "Servers, live" : "Servers"} count={servers.length}>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th>Address</th>
              <th>State</th>
              <th>Check</th>
              <th class="number">Sessions</th>
              <th class="number">Rate</th>
              <th class="number">Queue</th>
              <th class="number">Errors</th>
              <th class="number">Weight</th>
            </tr>
          </thead>
          <tbody>
            {servers.map(({ address, port, draining, live, task }) => (
              <tr title={task}>
                <td>{`${address}:${port}`}</td>
                <td>
                  <span class={`server ${draining ? "draining" : stateOf(live?.status)}`}>
                    {draining ? "draining" : live?.status ?? "unknown"}
                  </span>
                </td>
                <td>{live?.check ?? "–"}</td>
                <td class="number">{live?.sessions ?? "–"}</td>
                <td class="number">{live ? `${live.rate}/s` : "–"}</td>
                <td class="number">{live?.queue ?? "–"}</td>
                <td class={`number${live?.errors ? " weak" : ""}`}>{live?.errors ?? "–"}</td>
                <td class="number">{live?.weight ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">{count(servers.length, "server")}{isLive && ", asked of HAProxy every 2 s"}</p>
    </Section>
  );
}

function stateOf(status = ""): string {
  if (/^(?:UP|no check)/.test(status)) return "up";
  return /^(?:DOWN|NOLB)/.test(status) ? "down" : "other";
}
