import type { Service } from "../../core/model/Service.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import type { FindAcceptedOptions } from "./findAccepted.ts";
import { refusal } from "./refusal.ts";

/**
 * Finds one service without which HAProxy has less to complain about, by halves, when its messages name none. Services
 * that it has taken before are suspected last.
 *
 * @param whole what HAProxy said about all of them
 * @throws {Error} when HAProxy refuses the configuration without any service too (the templates of the operator, or a file
 * that they name), or takes all of them now
 */
export async function findCulprit(
  services: readonly Service[],
  whole: Validation,
  { render, check, refused }: Pick<FindAcceptedOptions, "render" | "check" | "refused">,
): Promise<[Service, string]> {
  const order = [
    ...services.filter((service) => refused.isProven(service)),
    ...services.filter((service) => !refused.isProven(service)),
  ];
  // Sections have to stay in their own order: only which ones are there changes.
  const checkFirst = (count: number) => {
    const chosen = new Set(order.slice(0, count));
    return check(render(services.filter((service) => chosen.has(service))));
  };
  const none = await checkFirst(0);
  if (!none.valid) {
    const what = "the configuration even without any app, check the templates and the files they name";
    throw refusal(none.messages, what);
  }

  let [valid, invalid, said] = [0, order.length, whole];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >>> 1;
    const validation = await checkFirst(middle);
    if (validation.valid) valid = middle;
    else [invalid, said] = [middle, validation];
  }
  // Whatever made HAProxy refuse all of them may be over, and the last one would be blamed for it.
  if (said === whole && (await checkFirst(order.length)).valid) {
    throw refusal(whole.messages, "the new configuration, but not when asked again");
  }
  const reason = said.messages.find(({ severity }) => severity === "alert")?.message ?? "it does not say why";
  return [order[invalid - 1]!, reason];
}
