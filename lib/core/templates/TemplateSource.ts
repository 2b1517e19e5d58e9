/** The text of a template and where it came from, for messages. */
export interface TemplateSource {
  readonly text: string;
  /** `handlebars`: the defaults and files that end in `.hbs`; `placeholders`: the reference's syntax. */
  readonly syntax: "handlebars" | "placeholders";
  /** For messages: a label, an environment variable, a file. */
  readonly origin: string;
}
