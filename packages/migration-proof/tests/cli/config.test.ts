// Goal: a command finds the config of the project that it is run in, says which, loads it in each form, and goes no
// further than the project.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'config-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** A config of one migration; TypeScript where the name says so. */
function configOf(name: string, language: 'js' | 'ts' = 'js'): string {
  const type = language === 'ts' ? ': readonly Migration[]' : ''
  const types = language === 'ts' ? `import type { Migration } from 'migration-proof'\n` : ''
  return `${types}import { defineConfig } from ${JSON.stringify(library)}
const migrations${type} = [{ version: 1, name: 'notes', up: (database) => database.exec('CREATE TABLE note (id INTEGER)') }]
export default defineConfig({ name: '${name}', migrations, fixtures: new URL('fixtures', import.meta.url) })
`
}

/** What the first line of a command names, or its error. */
function firstLine(cwd: string, ...options: readonly string[]): string {
  const { stdout, stderr } = runCommandLine(['freeze', ...options], { cwd: join(folder, cwd) })
  return (stdout === '' ? stderr : stdout).split('\n')[0] ?? ''
}

describe('a config', () => {
  it.for(['ts', 'mts', 'mjs', 'js'])('that ends in .%s is found and named', (ending) => {
    write('package.json', '{ "type": "module" }')
    write(`migration-proof.config.${ending}`, configOf('one', ending.endsWith('ts') ? 'ts' : 'js'))
    expect(firstLine('.')).toBe(`one, v1 (migration-proof.config.${ending})`)
  })

  it('whose fixtures are a file is wrong usage', () => {
    write('package.json', '{ "type": "module" }')
    write(
      'migration-proof.config.js',
      configOf('one').replace("new URL('fixtures', import.meta.url)", "'package.json'"),
    )
    const { exitCode, stderr } = runCommandLine(['status'], { cwd: folder })
    expect(stderr).toMatch(
      /^Error: migration-proof\.config\.js, fixtures: expected a folder, found the file package\.json; /,
    )
    expect(exitCode).toBe(2)
  })

  it('with an error of its syntax is answered in one line', () => {
    write('package.json', '{ "type": "module" }')
    write('migration-proof.config.ts', 'export default defineConfig({')
    const { exitCode, stderr } = runCommandLine(['status'], { cwd: folder })
    expect(stderr).toMatch(/^Error: [^\n]+\n$/)
    expect(stderr).not.toContain('u{a}')
    expect(exitCode).toBe(2)
  })

  it('of TypeScript may import other files of TypeScript', () => {
    write('package.json', '{ "type": "module" }')
    write('src/name.ts', "export const name: string = 'imported'\n")
    write(
      'migration-proof.config.ts',
      configOf('x', 'ts')
        .replace("name: 'x'", 'name')
        .replace('import', "import { name } from './src/name.ts'\nimport"),
    )
    expect(firstLine('.')).toBe('imported, v1 (migration-proof.config.ts)')
  })

  // There another user could put code under the name that the loader looks for.
  it('of TypeScript leaves and takes nothing among the temporary files of all users', () => {
    write('package.json', '{ "type": "module" }')
    write('migration-proof.config.ts', configOf('one', 'ts'))
    mkdirSync(join(folder, 'temporary'))
    const options = { cwd: folder, env: { TMPDIR: join(folder, 'temporary') } }
    expect(runCommandLine(['status'], options).stderr).toBe('')
    expect(readdirSync(join(folder, 'temporary'))).toEqual([])
  })

  it('is found from a folder below, up to the project', () => {
    write('package.json', '{}')
    write('migration-proof.config.mjs', configOf('above'))
    mkdirSync(join(folder, 'src/deep'), { recursive: true })
    expect(firstLine('src/deep')).toBe(`above, v1 (${join(folder, 'migration-proof.config.mjs')})`)
  })

  it.for(['{ broken', '{ "scripts": { "check": 1 } }', '{ "scripts": null }'])(
    'is loaded beside the package.json %s',
    (text) => {
      write('package.json', text)
      write('migration-proof.config.mjs', configOf('one'))
      expect(firstLine('.')).toBe('one, v1 (migration-proof.config.mjs)')
    },
  )

  it('of the nearest folder comes first', () => {
    write('package.json', '{}')
    write('migration-proof.config.mjs', configOf('above'))
    write('src/migration-proof.config.mjs', configOf('near'))
    expect(firstLine('src')).toBe('near, v1 (migration-proof.config.mjs)')
  })

  it.for(['package.json', '.git/HEAD'])('above a folder with %s belongs to another project', (mark) => {
    write('migration-proof.config.mjs', configOf('above'))
    write(`inner/${mark}`, '{}')
    expect(firstLine('inner')).toMatch(
      /^Error: .*inner: expected a config called .*, found none; let `npx migration-proof init` write one, .*\.$/,
    )
    expect(runCommandLine(['verify'], { cwd: join(folder, 'inner') }).exitCode).toBe(2)
  })

  it('is not looked for above a folder that belongs to no project', () => {
    write('migration-proof.config.mjs', configOf('above'))
    mkdirSync(join(folder, 'inner'))
    expect(firstLine('inner')).toMatch(/^Error: .*inner: expected a config called /)
  })

  it('of any name is taken where it is given', () => {
    write('package.json', '{}')
    write('migration-proof.config.mjs', configOf('found'))
    write('other.ts', configOf('given', 'ts'))
    expect(firstLine('.', '--config', 'other.ts')).toBe('given, v1 (other.ts)')
  })

  it.for([
    ['ts', 'const one: = 1'],
    ['ts', "import './nowhere.ts'"],
    ['mjs', 'const one ='],
    ['mjs', "throw new Error('no')"],
  ] as const)(
    'that cannot be loaded (.%s, %s) is named with its error, in one sentence',
    ([ending, text]) => {
      write('package.json', '{}')
      write(`migration-proof.config.${ending}`, text)
      const { exitCode, stderr, stdout } = runCommandLine(['verify'], { cwd: folder })
      expect(stderr).toMatch(
        /^Error: migration-proof\.config\.\w+: expected a module that Node can load, [^\n]+\.\n$/,
      )
      expect(stdout).toBe('')
      expect(exitCode).toBe(2)
    },
  )
})

describe('a path of a config', () => {
  it('is that from the file of the config, wherever the command runs', () => {
    write('package.json', '{}')
    const config = configOf('one').replace("new URL('fixtures', import.meta.url)", "'kept/fixtures'")
    write('migration-proof.config.mjs', config)
    mkdirSync(join(folder, 'src'))
    expect(firstLine('src')).toContain('one, v1')
    expect(readdirSync(join(folder, 'kept/fixtures/schemas'))).toEqual(['v1.sql'])
    expect(existsSync(join(folder, 'src/kept'))).toBe(false)
    write('other/one.config.mjs', config.replace('kept/fixtures', '../away'))
    expect(firstLine('src', '--config', '../other/one.config.mjs')).toContain('one, v1')
    expect(readdirSync(folder)).toContain('away')
  })

  it('may be a URL', () => {
    write('package.json', '{}')
    write('migration-proof.config.mjs', configOf('one'))
    mkdirSync(join(folder, 'src'))
    firstLine('src')
    expect(readdirSync(join(folder, 'fixtures/schemas'))).toEqual(['v1.sql'])
  })
})

describe('a config with a mistake', () => {
  it.for([
    [
      'waiver: []',
      /^Error: [^\n]+config\.mjs, defineConfig: [^\n]+ unknown key `waiver`; did you mean `waivers`\?\n$/,
    ],
    [
      'sources: 1',
      /^Error: [^\n]+config\.mjs, sources: expected a path or a `file:` URL, found a number; [^\n]+\.\n$/,
    ],
    [
      "waivers: [{ code: 'a', objects: [] }]",
      /^Error: [^\n]+config\.mjs, waivers\[0\]\.reason: expected a reason, which a person writes, found nothing; [^\n]+\.\n$/,
    ],
    [
      "tables: [{ name: 'note', since: 1 }]",
      /^Error: [^\n]+config\.mjs, tables\[0\]\.columns \(note\): expected an object, found nothing; [^\n]+\.\n$/,
    ],
  ] as const)('is refused in one sentence: %s', ([field, says]) => {
    write('package.json', '{}')
    write('migration-proof.config.mjs', configOf('one').replace('migrations,', `migrations, ${field},`))
    const { exitCode, stdout, stderr } = runCommandLine(['verify'], { cwd: folder })
    expect(stderr).toMatch(says)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })
})

describe('what an earlier release called otherwise', () => {
  it.for([
    ['verify --suite x.mjs', 'it is called --config now'],
    ['freeze --rewrite-history v1', 'it is called --refreeze now'],
    ['gate --output results', 'it is called --output-dir now'],
    ['crash --keep images', 'it is called --keep-dir now'],
    ['findings', 'it is called `lint` now'],
    ['fixtures --check', 'it is called `freeze` now'],
    ['release:freeze', 'it is called `freeze --release` now'],
  ] as const)('%s', ([call, says]) => {
    const { exitCode, stderr } = runCommandLine(call.split(' '), { cwd: folder })
    expect(stderr).toContain(says)
    expect(exitCode).toBe(2)
  })
})
