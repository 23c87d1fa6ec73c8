/**
 * The service behind the Cache API of workerd, which reaches it by HTTP. A PUT has a response as
 * the text of HTTP/1.1; a GET is answered with that response and `CF-Cache-Status`.
 */

const responses = new Map<string, { readonly headers: Headers; readonly body: string }>()

export default {
  async fetch(request: Request): Promise<Response> {
    const status = (value: string): ResponseInit => ({ status: 504, headers: { 'CF-Cache-Status': value } })
    if (request.method === 'PUT') {
      const [head = '', body = ''] = (await request.text()).split('\r\n\r\n', 2)
      const lines = head.split('\r\n').slice(1)
      const headers = new Headers(lines.map((line): [string, string] => splitAt(line, ': ')))
      headers.delete('transfer-encoding')
      // Chunks of the body, each behind a line with its length.
      const text = /^[0-9a-f]+\r\n/i.test(body) ? body.replaceAll(/^[0-9a-f]+\r\n|\r\n$/gim, '') : body
      responses.set(request.url, { headers, body: text })
      return new Response(null, { status: 204 })
    }
    const found = responses.get(request.url)
    if (found === undefined) return new Response(null, status('MISS'))
    const headers = new Headers(found.headers)
    headers.set('CF-Cache-Status', 'HIT')
    return new Response(found.body, { headers })
  },
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + separator.length)]
}
