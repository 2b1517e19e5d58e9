import type { Metric, Sample } from "./Metric.ts";

/** The content type of that text. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics in Prometheus's text format, version 0.0.4 (Prometheus documentation, "Exposition formats"). */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.filter(({ samples }) => samples.length > 0).map(({ name, type, help, samples }) =>
    [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
      ...samples.map((sample) => `${name}${formatLabels(sample)} ${sample.value}`),
    ].join("\n") + "\n"
  ).join("");
}

function formatLabels({ labels = {} }: Sample): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
