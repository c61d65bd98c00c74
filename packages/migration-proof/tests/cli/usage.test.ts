// Goal: a wrong call of the command line is answered with what to do, and never with an answer to another question.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeCommands } from '../../tools/write-command-docs.mjs'
import { listCommands, packageFolder } from '../support/command-line.ts'
import { runOnForum } from '../support/forum.ts'

const escapeCharacter = '\u001B'

describe('the help', () => {
  const helps = new Map(listCommands().map((command) => [command, runOnForum([command, '--help'])]))

  it.for([...helps])(
    'of %s says how to use it, what its exit codes mean, and fits 80 columns',
    ([command, { exitCode, stdout, stderr }]) => {
      expect(exitCode).toBe(0)
      expect(stderr).toBe('')
      expect(stdout).toContain(`Usage: migration-proof ${command}`)
      expect(stdout).toMatch(/Exit code:\n {2}0 {2}.+\n {2}1 {2}.+\n {2}2 {2}.+/)
      expect(stdout).toMatch(/^ {2}--json {2}/m)
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )

  it.for([...helps])(
    'of %s says what it does, then shows examples, then the options',
    ([command, { stdout }]) => {
      const sections = stdout.split('\n\n').map((section) => section.split(':')[0] ?? '')
      const order = ['Usage', 'Examples', 'Options', 'Exit code'].map((title) => sections.indexOf(title))
      expect(order).toEqual(order.toSorted((left, right) => left - right))
      expect(order[0], 'what it does comes first').toBe(1)
      expect(stdout).toMatch(new RegExp(`^ {2}migration-proof ${command}(?: .+)?\\n {6}[a-z]`, 'm'))
    },
  )

  it('is what docs/commands.md says', () => {
    const texts = new Map([...helps].map(([command, { stdout }]) => [command, stdout]))
    const page = readFileSync(join(packageFolder, 'docs/commands.md'), 'utf8')
    expect(page, 'run `npm run docs`').toBe(describeCommands(texts))
  })
})

describe('the program', () => {
  it('prints its version', () => {
    expect(runOnForum(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('prints its help on the standard error and fails where no command is given', () => {
    const { exitCode, stdout, stderr } = runOnForum([])
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage:')
  })
})

const wrongCalls: readonly (readonly [call: string, says: string])[] = [
  ['verfy', 'perhaps `migration-proof verify` was meant'],
  ['VERIFY', 'run `migration-proof --help`'],
  ['nothing-like-it', 'run `migration-proof --help`'],
  ['--json verify', 'the unknown command --json'],
  ['verify --snapsht v1', 'perhaps --snapshot was meant'],
  ['mutate --layer golden', 'it is called --check now'],
  ['verify --nothing-like-it', 'run `migration-proof verify --help`'],
  ['verify -s', 'the unknown option -s'],
  ['verify --no-json', 'the unknown option --no-json'],
  ['verify --snapshot', 'a name after it'],
  ['verify --snapshot=', 'a name after it'],
  ['verify --snapshot --json', "found '--json'"],
  ['verify --snapshot v1 --snapshot v2', 'each option once'],
  ['verify --json=yes', 'expected no value'],
  ['verify v1', 'expected no argument'],
  ['verify --snapshot v99', 'expected one of v0-empty,'],
  ['verify --snapshot v0-emtpy', 'perhaps v0-empty was meant'],
  ['verify --config nowhere.mjs', 'nowhere.mjs: expected the file of a config, found no such file'],
  ['verify --config=fixtures', 'expected the file of a config, found a folder'],
  ['verify --help=3', 'expected no value'],
  ['gate --history --full', 'no --history beside it'],
  ['crash --replay x --snapshot v1', 'no --replay beside it'],
  ['crash --replay x --seed 2', 'no --replay beside it'],
  ['crash --replay x --exhaustive', 'no --replay beside it'],
  ['mutate --migration 99', 'expected one of 1, 2, 3, 4, 5, found'],
  ['verify --snapshot v7', 'choose one of them'],
  ['verify --snapshot x', 'choose one of them'],
  ['verify --config package.json', 'Node'],
  ['verify --config migrations/index.js', 'Error: migrations/index.js: '],
  ['inspect', 'expected FILE, found no argument'],
  ['inspect one two', 'expected FILE, found 2 arguments'],
  ['freeze --check --accept-drafts', 'no --check beside it'],
  ['freeze --check --refreeze v1', 'no --check beside it'],
]

describe('a wrong call', () => {
  it.for(wrongCalls)('%s', ([call, says]) => {
    const { exitCode, stdout, stderr } = runOnForum(call.split(' '))
    expect(exitCode).toBe(2)
    expect(stderr).toContain(says)
    expect(stderr, 'one sentence').toMatch(/^Error: [^\n]+\.\n$/)
    if (call.split(' ').includes('--json')) expect(JSON.parse(stdout)).toHaveProperty('error.fix')
    else expect(stdout).toBe('')
  })
})

const colourCases: readonly (readonly [name: string, env: NodeJS.ProcessEnv, coloured: boolean])[] = [
  ['has no colours in a pipe', {}, false],
  ['has colours where FORCE_COLOR asks for them', { FORCE_COLOR: '1' }, true],
  ['has no colours where FORCE_COLOR says 0', { FORCE_COLOR: '0' }, false],
  ['has no colours in a pipe with NO_COLOR', { NO_COLOR: '1' }, false],
]

describe('output', () => {
  it.for(colourCases)('%s', ([, env, coloured]) => {
    const { stdout, stderr } = runOnForum(['inspect', 'fixtures/snapshots/v0-empty.db'], { env })
    expect(stdout.includes(escapeCharacter)).toBe(coloured)
    expect(stderr).toBe('')
  })
})
