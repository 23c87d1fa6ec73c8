import type { RequestListener } from 'node:http'
import type { MountedApp } from '@jobpass/testing/conformance'
import { joined } from '@jobpass/testing/conformance'
import serverless from 'serverless-http'

/**
 * A Lambda function behind an API gateway, through a shim that makes Node requests from its events.
 */
export async function overLambda(listener: RequestListener): Promise<MountedApp> {
  const handler = serverless(listener)
  return {
    send: async ({ method, path, headers }) => {
      const [pathname = '', query = ''] = path.split('?')
      // Payload format 2.0 of the gateway joins repeated headers with commas.
      const merged: Record<string, string> = {}
      for (const [name, value] of headers) merged[name] = name in merged ? `${merged[name]},${value}` : value
      const event = {
        version: '2.0',
        routeKey: '$default',
        rawPath: pathname,
        rawQueryString: query,
        headers: merged,
        requestContext: { http: { method, path: pathname, sourceIp: '127.0.0.1' }, stage: '$default' },
        isBase64Encoded: false,
      }
      const result = (await handler(event, {})) as {
        statusCode: number
        headers?: Record<string, unknown>
        multiValueHeaders?: Record<string, unknown>
        body: string
      }
      return {
        status: result.statusCode,
        headers: joined({ ...result.headers, ...result.multiValueHeaders }),
        body: result.body,
      }
    },
    close: async () => {},
  }
}
