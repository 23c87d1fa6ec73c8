export const loader = (): Response => new Response('ok')
