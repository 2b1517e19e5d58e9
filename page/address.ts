/** A view of the page, as the part of its address behind `#` says it. */
export type View =
  | { readonly name: "apps"; readonly query: AppsQuery }
  | { readonly name: "app"; readonly id: string; readonly query: AppsQuery }
  | { readonly name: "url"; readonly url: string }
  | { readonly name: "changes" }
  | { readonly name: "certificates" };

/** What the list of apps is to show; members that are not there are as usual. */
export interface AppsQuery {
  readonly q?: string;
  readonly filter?: string;
  readonly code?: string;
  readonly sort?: string;
}

const members = ["q", "filter", "code", "sort"] as const;

/** The view of an address; the list of apps for one that is none. */
export function readAddress(hash: string): View {
  const [path = "", ...rest] = hash.replace(/^#/, "").split("?");
  const parameters = new URLSearchParams(rest.join("?"));
  const query = Object.fromEntries(members.flatMap((name) => {
    const value = parameters.get(name);
    return value ? [[name, value]] : [];
  }));
  switch (path) {
    case "/app":
      return { name: "app", id: parameters.get("id") ?? "", query };
    case "/url":
      return { name: "url", url: parameters.get("url") ?? "" };
    case "/changes":
      return { name: "changes" };
    case "/certificates":
      return { name: "certificates" };
    default:
      return { name: "apps", query };
  }
}

/** The address of a view. */
export function addressOf(view: View): string {
  switch (view.name) {
    case "apps":
      return `#/${parameters(view.query)}`;
    case "app":
      return `#/app${parameters({ id: view.id, ...view.query })}`;
    case "url":
      return `#/url${parameters({ url: view.url })}`;
    default:
      return `#/${view.name}`;
  }
}

/** Where the API has the same as JSON, relative to the page. */
export function jsonOf(view: View): string {
  switch (view.name) {
    case "apps":
      return `api/apps${parameters(view.query)}`;
    case "app":
      return `api/app${parameters({ id: view.id })}`;
    case "url":
      return view.url ? `api/url${parameters({ url: view.url })}` : "api/summary";
    default:
      return `api/${view.name}`;
  }
}

function parameters(values: object): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0
    ? ""
    : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
