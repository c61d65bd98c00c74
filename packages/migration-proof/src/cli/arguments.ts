import { parseArgs } from 'node:util'
import type { ArgDef } from 'citty'
import { countOf } from '../count.ts'
import { suggest } from '../suggest.ts'
import { UsageError } from './errors.ts'

export type ArgumentDefinitions = Readonly<Record<string, ArgDef>>

/** The current names of options of earlier releases. */
const successors: Readonly<Record<string, string>> = {
  suite: 'config',
  'rewrite-history': 'refreeze',
  output: 'output-dir',
  keep: 'keep-dir',
  layer: 'check',
}

/** The options that may be given more than once. */
const repeatable: ReadonlySet<string> = new Set(['engine'])

/** All values of an option that may be given more than once; citty keeps the last one. */
export function valuesOf(name: string, given: readonly string[]): readonly string[] {
  const options = { [name]: { type: 'string', multiple: true } } as const
  const values = parseArgs({ args: [...given], options, strict: false }).values[name]
  return Array.isArray(values) ? values.map(String) : []
}

/** An element of what node:util's parseArgs returns as tokens. */
type Token = ReturnType<typeof tokenize>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

/**
 * Refuses what citty would silently accept: an unknown option, an option given twice or without its value, and too many
 * or too few arguments.
 *
 * @returns the values of the given options
 * @throws {UsageError}
 */
export function checkArguments(
  command: string,
  definitions: ArgumentDefinitions,
  given: readonly string[],
): ReadonlyMap<string, string | undefined> {
  const entries = Object.entries(definitions)
  const positionals = entries.filter(([, { type }]) => type === 'positional')
  const options = new Map(entries.filter(([, { type }]) => type !== 'positional'))
  const tokens = tokenize(options, given)
  checkOptions(command, options, tokens)
  const values = tokens.filter(({ kind }) => kind === 'positional')
  const required = positionals.filter(([, { required }]) => required !== false)
  checkCount(
    command,
    positionals.map(([name]) => name.toUpperCase()),
    required.length,
    values.length,
  )
  return new Map(tokens.flatMap((token) => (token.kind === 'option' ? [[token.name, token.value]] : [])))
}

function tokenize(options: ReadonlyMap<string, ArgDef>, given: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...given],
    options: Object.fromEntries([...options].map(([name, { type }]) => [name, { type: nodeType(type) }])),
    strict: false,
    tokens: true,
  })
  return tokens
}

function nodeType(type: ArgDef['type']) {
  return type === 'boolean' ? 'boolean' : 'string'
}

function checkOptions(command: string, options: ReadonlyMap<string, ArgDef>, tokens: readonly Token[]) {
  const seen = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const definition = options.get(token.name)
    if (definition === undefined || token.rawName !== `--${token.name}`)
      throw unknownOption(command, token, options)
    if (seen.has(token.name) && !repeatable.has(token.name))
      throw wrongOption(command, token, 'each option once', 'it twice')
    seen.add(token.name)
    checkValue(command, token, definition)
  }
}

function checkValue(command: string, token: OptionToken, { type, valueHint = 'value' }: ArgDef) {
  if (type === 'boolean') {
    if (token.value !== undefined) throw wrongOption(command, token, 'no value', `'${token.value}'`)
    return
  }
  const value = token.value ?? ''
  const isOption = value.startsWith('-') && !token.inlineValue
  if (value !== '' && !isOption) return
  throw wrongOption(command, token, `a ${valueHint} after it`, value === '' ? 'nothing' : `'${value}'`)
}

function unknownOption(command: string, token: OptionToken, options: ReadonlyMap<string, ArgDef>) {
  if (token.name === 'help') return wrongOption(command, token, 'no value', `'${token.value}'`)
  const successor = successors[token.name]
  const isRenamed = successor !== undefined && options.has(successor)
  const near = isRenamed ? successor : suggest(token.name, [...options.keys(), 'help'])
  const hint = isRenamed ? `it is called --${near} now` : `perhaps --${near} was meant`
  return new UsageError({
    where: command,
    expected: 'an option of this command',
    actual: `the unknown option ${token.rawName}`,
    fix: near === null ? helpOf(command) : `${hint}; ${helpOf(command)}`,
  })
}

function wrongOption(command: string, token: OptionToken, expected: string, actual: string) {
  return new UsageError({ where: `${command}, ${token.rawName}`, expected, actual, fix: helpOf(command) })
}

function checkCount(command: string, names: readonly string[], required: number, actual: number) {
  if (actual >= required && actual <= names.length) return
  throw new UsageError({
    where: command,
    expected: names.length === 0 ? 'no argument' : names.join(' '),
    actual: actual === 0 ? 'no argument' : countOf(actual, 'argument'),
    fix: helpOf(command),
  })
}

function helpOf(command: string): string {
  return `run \`${command} --help\``
}
