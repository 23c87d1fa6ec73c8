export const prerender = true
export const GET = (): Response => new Response('made when the app was built')
