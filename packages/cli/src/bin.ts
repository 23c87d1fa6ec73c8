/**
 * Translates trust policies of other systems to rules: never to wider ones.
 *
 * @module
 */

export {}
