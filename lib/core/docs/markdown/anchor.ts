/** The name by which links within a page reach a heading, as GitHub makes it from the heading's text. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
}
