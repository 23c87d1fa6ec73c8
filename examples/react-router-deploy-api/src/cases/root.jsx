export { default } from '../root.jsx'

export const ErrorBoundary = () => 'An error page'
