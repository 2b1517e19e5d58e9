import { quoted } from "../text.ts";

declare const made: unique symbol;

/**
 * A command for a socket of HAProxy, without the line feed at its end. Only the functions here make any. So no word in
 * it, whatever its origin, can add another command.
 */
export type SocketCommand = string & { readonly [made]: true };

/** A text that a command for HAProxy cannot contain. The caller needs another way, such as a reload. */
export class UnfitForSocket extends Error {}

/** A command that is longer than HAProxy accepts. */
export class TooLongForSocket extends UnfitForSocket {}

/**
 * HAProxy splits what it reads at line feeds, `;` and white space. A `\` escapes, and a last word of `<<` begins a
 * payload (management guide 9.3). None of these is allowed here, nor anything that needs quotes.
 */
const word = /^[A-Za-z0-9_.:/,()[\]*+=%~@-]+$/;
/** A part of a word, next to a `/` or a `:` of the command itself: the characters that HAProxy allows in names. */
const name = /^[A-Za-z0-9_.:-]+$/;
/** `@` and `#` begin versions, worker processes and ids there; a dash begins options, or a number below zero. */
const special = /^(?:@|-(?!\d+$))/;

/**
 * A command and its payload have to fit in HAProxy's buffer (`tune.bufsize`, 16,384 bytes by default). HAProxy 2.6 and
 * 2.8 drop a larger one without an answer; it ends the worker of 3.2.0.
 */
const longest = 15_000;
/** HAProxy silently drops further words (MAX_CLI_ARGS, of which the last one ends the list). */
const mostWords = 63;

/** Whether a text is one word for HAProxy, in a command as well as in a line of its configuration. */
export function isWord(text: string): boolean {
  return word.test(text) && !special.test(text);
}

/**
 * One command, such as ``socketCommand`add map ${file} ${key} ${value}` ``. The text of the template stays as it is.
 * Each value is one word or a part of one; each value that is a list is one word for each of its members.
 *
 * @throws {UnfitForSocket} when a value is something else, or the command would be too long
 */
export function socketCommand(
  template: TemplateStringsArray,
  ...values: readonly (string | number | readonly string[])[]
): SocketCommand {
  let text = template[0]!;
  for (const [index, value] of values.entries()) {
    const after = template[index + 1]!;
    const whole = /(?:^|\s)$/.test(template[index]!) && /^(?:\s|$)/.test(after);
    const words = typeof value === "object" ? value : [String(value)];
    const unfit = words.find((one) => !isWord(one) || !whole && !name.test(one));
    if (unfit !== undefined) {
      throw new UnfitForSocket(`${quoted(unfit)} cannot stand in a command for HAProxy`);
    }
    text += words.join(" ") + after;
  }
  text = text.trimEnd();
  if (text.length > longest || text.split(" ").length > mostWords) {
    throw new TooLongForSocket(`"${text.slice(0, 60)}…" is too long for a command for HAProxy`);
  }
  return text as SocketCommand;
}

/** A line of a payload: the characters of base64 and of the lines around it in a PEM file. */
const payloadLine = /^[A-Za-z0-9+/=:,.-](?:[A-Za-z0-9+/=:,. -]*[A-Za-z0-9+/=:,.-])?$/;

/**
 * A command with lines behind it, which an empty line would end.
 *
 * @param payload each line with a line feed behind it. It may be secret, so no message quotes it
 * @throws {UnfitForSocket} when a line cannot be one of a PEM text, or the whole would be too long
 */
export function withPayload(command: SocketCommand, payload: string): SocketCommand {
  const lines = payload.split("\n");
  if (lines.pop() !== "" || lines.length === 0 || !lines.every((line) => payloadLine.test(line))) {
    throw new UnfitForSocket(`What follows "${command}" is no PEM text`);
  }
  const text = `${command} <<\n${payload}`;
  if (text.length > longest) throw new TooLongForSocket(`What follows "${command}" is too long for HAProxy`);
  return text as SocketCommand;
}

/** A command of the master for one of its workers: the one of a process id, or the serving one. */
export function toWorker(pid: number | "serving", command: SocketCommand): SocketCommand {
  const worker = pid === "serving" ? "@1" : `@!${socketCommand`${pid}`}`;
  return `${worker} ${command}` as SocketCommand;
}
