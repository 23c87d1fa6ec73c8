/** Reads the body of a response up to a limit, from whichever kind of stream `fetch` returns. */

/**
 * Reads a body as UTF-8. Rejects with an `Error` for a body that is too long or is not a stream.
 */
export async function readBounded(body: unknown, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for await (const chunk of chunksOf(body)) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Cancels an unread body, which would otherwise hold its connection. */
export async function discard(body: unknown): Promise<void> {
  const { cancel, destroy } = (body ?? {}) as { readonly cancel?: () => Promise<void>; readonly destroy?: () => void }
  if (typeof cancel === 'function') await cancel.call(body).catch(() => {})
  else if (typeof destroy === 'function') destroy.call(body)
}

/** Chunks of a Fetch API stream, or of a Node stream, as `node-fetch` returns it. */
async function* chunksOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (typeof body !== 'object' || body === null) return
  const { getReader } = body as Partial<ReadableStream<Uint8Array>>
  if (typeof getReader !== 'function') {
    if (!(Symbol.asyncIterator in body)) throw new Error('the answer of fetch has no stream')
    yield* body as AsyncIterable<Uint8Array>
    return
  }
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}
