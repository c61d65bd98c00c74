/** A command that the runner of GitHub Actions finds in a line of output. */
export interface RunnerCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/**
 * What the runner takes a line for, by its own rules: a command is `::name key=value,…::data` after white space, or in the older
 * form `##[name key=value;…]data` anywhere in the line. Null where it is text.
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function readRunnerLine(line: string): RunnerCommand | null {
  const text = line.trimStart()
  const end = text.indexOf('::', 2)
  if (text.startsWith('::') && end > 0) return read(text.slice(2, end), ',', text.slice(end + 2), decode)
  const start = line.indexOf('##[')
  const close = start < 0 ? -1 : line.indexOf(']', start)
  if (close < 0) return null
  const decodeOlder = (part: string) => decode(part.replaceAll('%3B', ';').replaceAll('%5D', ']'))
  return read(line.slice(start + 3, close), ';', line.slice(close + 1), decodeOlder)
}

function read(
  head: string,
  between: string,
  data: string,
  decodeData: (text: string) => string,
): RunnerCommand | null {
  const [name = '', ...rest] = head.split(' ')
  if (name === '') return null
  const pairs = rest
    .join(' ')
    .trim()
    .split(between)
    .filter((part) => part !== '')
    .flatMap((part): [string, string][] => {
      // What has no value, or an equals sign in front, is left out.
      const at = part.indexOf('=')
      return at <= 0 ? [] : [[part.slice(0, at), decodeProperty(part.slice(at + 1))]]
    })
  return { name, properties: Object.fromEntries(pairs), data: decodeData(data) }
}

function decode(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

function decodeProperty(text: string): string {
  return decode(text.replaceAll('%3A', ':').replaceAll('%2C', ','))
}
