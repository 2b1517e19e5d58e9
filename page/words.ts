/** How long ago something was, or how long it lasts: `now`, `12 s`, `5 min`, `3 h`, `8 days`. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 2) return "now";
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}

export function ago(then: string, now: number): string {
  const text = age(now - Date.parse(then));
  return text === "now" ? text : `${text} ago`;
}

/** How long a certificate is good for, and whether that asks for something: less than 14 days do. */
export function expiry(notAfter: string, now: number): { readonly text: string; readonly grave: boolean } {
  const days = Math.floor((Date.parse(notAfter) - now) / 86_400_000);
  if (days < 0) return { text: `expired ${-days} days ago`, grave: true };
  return { text: days === 0 ? "expires today" : `${days.toLocaleString("en")} days left`, grave: days < 14 };
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** What a standing is called on the page. */
export const standingWords: Readonly<Record<string, string>> = {
  served: "served",
  partly: "served in part",
  "not-served": "not served",
};
