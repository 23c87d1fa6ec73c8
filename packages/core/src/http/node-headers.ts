/** Reads a header of Node's request: the only place that knows what Node hides. */

/** The parts of `http.IncomingMessage` and `http2.Http2ServerRequest` that are used. */
export interface NodeMessage {
  /** Names and values as received, alternating. */
  readonly rawHeaders?: readonly string[]
  /** The parsed headers. */
  readonly headers: Readonly<Record<string, string | number | readonly string[] | undefined>>
}

/**
 * The value for headers that disagree: a scheme without a token, which is malformed for every
 * reader.
 */
const disagreement: readonly string[] = Object.freeze(['Bearer'])

/** Whether a header was rewritten between the socket and the middleware. */
export function isRewritten(values: readonly string[]): boolean {
  return values === disagreement
}

/**
 * All values of a header, in order. Node keeps only the first `authorization` in `headers`, so
 * `rawHeaders` decides. Shims for other servers fill only `headers`, whose one string then counts.
 * Where both disagree, one of them was changed, and the request is malformed.
 */
export function nodeHeaderValues(message: NodeMessage, name: string): readonly string[] {
  const raw = message.rawHeaders ?? []
  const values: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const field = raw[index] as string
    if (field.length === name.length && field.toLowerCase() === name) values.push(raw[index + 1] as string)
  }
  const parsed = Object.hasOwn(message.headers, name) ? message.headers[name] : undefined
  // Some shims use a number for content-length.
  if (values.length === 0) return parsed === undefined ? [] : typeof parsed === 'object' ? parsed : [String(parsed)]
  return parsed === values[0] || parsed === values.join(', ') ? values : disagreement
}
