/** One message of a stream of server-sent events. */
export interface SseMessage {
  readonly event: string;
  readonly data: string;
  /** Of this message itself; undefined where it has none. */
  readonly id: string | undefined;
}

/**
 * Reads server-sent events from pieces of text, however they are cut. Returns the messages that are whole with each piece.
 * @source https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createSseReader(): (piece: string) => readonly SseMessage[] {
  let rest = "";
  return (piece) => {
    const text = rest + piece;
    // A CR at the end may be the first half of a CR LF.
    const isHalf = text.endsWith("\r");
    const blocks = (isHalf ? text.slice(0, -1) : text).replaceAll(/\r\n?/g, "\n").split("\n\n");
    rest = (blocks.pop() ?? "") + (isHalf ? "\r" : "");
    return blocks.map(messageOf).filter(({ data }) => data !== "");
  };
}

function messageOf(block: string): SseMessage {
  const data: string[] = [];
  let event = "message";
  let id: string | undefined;
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id") id = value;
  }
  return { event, data: data.join("\n"), id };
}
