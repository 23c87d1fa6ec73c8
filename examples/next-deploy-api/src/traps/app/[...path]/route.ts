// Every other path belongs to the process, where the conformance suite runs: test/adapters/next.ts.

type Answer = (request: Request) => Promise<Response>

const answer: Answer = (request) => (globalThis as unknown as { readonly answerOfApp: Answer }).answerOfApp(request)

export { answer as DELETE, answer as GET, answer as OPTIONS, answer as PATCH, answer as POST, answer as PUT }
