import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Colours a text, or leaves it as it is. */
export type Style = (format: Format, text: string) => string

interface Output {
  readonly isTTY?: boolean
  hasColors?(): boolean
}

/**
 * How to colour what is written to a stream: not at all where it is no terminal or `NO_COLOR` is set, unless
 * `FORCE_COLOR` asks for it.
 */
export function styleFor(stream: Output, environment: NodeJS.ProcessEnv = process.env): Style {
  return hasColors(stream, environment)
    ? (format, text) => styleText(format, text, { validateStream: false })
    : (_, text) => text
}

/** Whether what is written to a stream is coloured. */
export function hasColors(
  stream: Output,
  { FORCE_COLOR, NO_COLOR }: NodeJS.ProcessEnv = process.env,
): boolean {
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  return stream.isTTY === true && stream.hasColors?.() === true
}
