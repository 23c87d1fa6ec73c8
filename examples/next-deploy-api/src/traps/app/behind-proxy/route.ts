export const POST = (): Response => {
  console.log('deploying behind the proxy')
  return new Response('deployed')
}
