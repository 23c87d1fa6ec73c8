export { default } from '../root.jsx'
