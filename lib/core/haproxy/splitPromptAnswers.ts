/**
 * The answers of one worker in an interactive session on the master socket: each ends with the prompt, which is the
 * worker's process id (management guide, "Master CLI"). The last one may be incomplete.
 *
 * @param output everything since `prompt` and `@1` were sent; undefined before the worker's first prompt
 */
export function splitPromptAnswers(output: string): string[] | undefined {
  const first = /(?:^|\s)(\d+)> /.exec(output);
  if (!first) return undefined;
  const answers = output.slice(first.index + first[0].length).split(`\n${first[1]}> `);
  return answers.map((answer) => answer.trim());
}
