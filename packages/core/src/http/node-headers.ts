/** Reads a header of Node's request: the one place that knows what Node hides. */

/** The parts of `http.IncomingMessage` and `http2.Http2ServerRequest` that are read. */
export interface NodeMessage {
  readonly rawHeaders?: readonly string[]
  readonly headers: Readonly<Record<string, string | number | readonly string[] | undefined>>
}

/** What a disagreement reads as: a scheme without its token, which is malformed wherever it is read. */
const disagreement: readonly string[] = Object.freeze(['Bearer'])

/** Whether the values stand for a header that something rewrote between the socket and the middleware. */
export function isRewritten(values: readonly string[]): boolean {
  return values === disagreement
}

/**
 * Every value of a header, in order. Node keeps only the first `authorization` in `headers`, so `rawHeaders` decides; shims for other servers fill only
 * `headers`, and then its one string counts. Where the two disagree somebody changed one of them, and the request is malformed.
 */
export function nodeHeaderValues(message: NodeMessage, name: string): readonly string[] {
  const raw = message.rawHeaders ?? []
  const values: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const field = raw[index] as string
    if (field.length === name.length && field.toLowerCase() === name) values.push(raw[index + 1] as string)
  }
  const parsed = Object.hasOwn(message.headers, name) ? message.headers[name] : undefined
  // Some shims make a number of a length.
  if (values.length === 0) return parsed === undefined ? [] : typeof parsed === 'object' ? parsed : [String(parsed)]
  return parsed === values[0] || parsed === values.join(', ') ? values : disagreement
}
