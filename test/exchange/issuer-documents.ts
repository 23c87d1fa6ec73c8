/** Preloaded: replaces `fetch` by one that has only the documents of the CI issuer. */

const documents = JSON.parse(process.env['DOCUMENTS'] ?? '{}') as Readonly<Record<string, unknown>>

globalThis.fetch = async (input) => {
  const url = input instanceof Request ? input.url : String(input)
  return url in documents ? Response.json(documents[url]) : new Response('not found', { status: 404 })
}
