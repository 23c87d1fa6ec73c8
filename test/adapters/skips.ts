/** Cases that a mount cannot express, with the reason. */

const singleValue = "Node's HTTP/2 client refuses to send this header twice"
const ownVerifier = 'a fetch guard is made from its verifier, and verifies by itself'
const ownVerifiers = { V31: ownVerifier, V45: ownVerifier }

const closes = 'Fastify closes a request whose hook fails (fastify.dev/docs/latest/Reference/Hooks)'
const routesOnly = 'Nest runs guards for the handlers of routes (docs.nestjs.com/faq/request-lifecycle)'
const throws = 'Nest answers what a guard throws by its filters (docs.nestjs.com/exception-filters)'
const notFound = ['C13', 'H01', 'H03', 'H12', 'H13', 'H14', 'H15', 'H16', 'H20', 'H21', 'H22', 'H23']
const withoutRoute = (ids: readonly string[]): Record<string, string> => ({
  V45: throws,
  ...Object.fromEntries(ids.map((id) => [id, routesOnly])),
})
const noHttp2 = { C07: singleValue, C08: singleValue, V08: singleValue }

const firstOfTwo = 'Node discards a second Authorization header (nodejs.org/api/http.html#messageheaders)'
const redirects =
  'Next.js redirects to the path of the route (nextjs.org/docs/app/api-reference/config/next-config-js/trailingSlash)'

/** By the name of the mount: the id of each case, with the reason. */
export const skips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Koa 3 over HTTP/2': noHttp2,
  'Hono over HTTP/2': noHttp2,
  'Fastify 5': { V45: closes },
  'Fastify 5 over HTTP/2': { ...noHttp2, V45: closes },
  'Fastify 5 by inject': { V45: closes },
  'NestJS on Express': withoutRoute(notFound),
  'NestJS on Fastify': withoutRoute([...notFound, 'H10', 'H11']),
  'Fetch API': ownVerifiers,
  'Elysia 1.4': ownVerifiers,
  'Elysia 1.4 with aot: false': ownVerifiers,
  'h3 2': ownVerifiers,
  'MCP on the Fetch API': ownVerifiers,
  'Next.js 16': { ...ownVerifiers, C07: firstOfTwo, C08: firstOfTwo, V08: firstOfTwo, H10: redirects, H13: redirects },
}
