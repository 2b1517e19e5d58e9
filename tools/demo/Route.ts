/** One way by which the demo asks for an app. */
export interface Route {
  readonly app: string;
  /** The way in a few words. */
  readonly via: string;
  readonly protocol: "http" | "https";
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}
