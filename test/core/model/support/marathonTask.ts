/** A task as Marathon sends it. */
export function marathonTask(members: Record<string, unknown> = {}): Record<string, unknown> {
  return { id: "web.1", host: "10.0.0.1", state: "TASK_RUNNING", ports: [31000], ...members };
}
