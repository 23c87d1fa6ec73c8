/** Reads a header of Node's request: the one place that knows what Node hides. */

/** The parts of `http.IncomingMessage` and `http2.Http2ServerRequest` that are read. */
export interface NodeMessage {
  readonly rawHeaders?: readonly string[]
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Every value of a header, in order. Node keeps only the first `authorization` in `headers`, so `rawHeaders` decides; shims for other servers fill only
 * `headers`, and then its one string counts. Where the two disagree somebody changed one of them, and the answer is `undefined`.
 */
export function nodeHeaderValues(message: NodeMessage, name: string): readonly string[] | undefined {
  const raw = message.rawHeaders ?? []
  const values: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if ((raw[index] as string).toLowerCase() === name) values.push(raw[index + 1] as string)
  }
  const parsed = Object.hasOwn(message.headers, name) ? message.headers[name] : undefined
  if (values.length === 0) return parsed === undefined ? [] : typeof parsed === 'string' ? [parsed] : parsed
  return parsed === values[0] || parsed === values.join(', ') ? values : undefined
}
