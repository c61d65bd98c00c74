// Goal: killed at any system call that makes or removes the folder of a run, a run leaves nothing that the next run on
// the same file does not remove; one that looks at another's folder while that is removed is not in its way.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { makeRunFolder, removeDeadRuns } from '../../src/upgrade/run-folder.ts'
import { bundleProgram } from '../support/bundle-program.ts'

const calls = 'mkdir,openat,pwrite64,write,chmod,fcntl,ftruncate,fdatasync,unlink,rmdir,close'
const canTrace = spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0 || Boolean(process.env.CI)

const place = mkdtempSync(join(tmpdir(), 'run-folder-kills-'))
const parent = join(place, 'files')
const file = join(parent, 'data.db')
afterAll(() => rmSync(place, { recursive: true, force: true }))

function trace(program: string, options: readonly string[]) {
  rmSync(parent, { recursive: true, force: true })
  mkdirSync(parent)
  const parameters = ['-o', join(place, 'calls'), '-e', `trace=${calls}`, ...options]
  return spawnSync('strace', [...parameters, process.execPath, program, parent, file], { encoding: 'utf8' })
}

/** Each call of the main thread from the making of the folder on, as the how many-th of its name it is. */
function listCalls(): (readonly [name: string, count: number])[] {
  const counts = new Map<string, number>()
  let isMade = false
  return readFileSync(join(place, 'calls'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name] = /^(\w+)\(/.exec(line) ?? []
      if (name === undefined) return []
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      isMade ||= name === 'mkdir' && line.includes('.unfinished-')
      return isMade ? [[name, count] as const] : []
    })
}

it.runIf(canTrace)('killed at any call', { timeout: 300_000 }, async () => {
  const program = await bundleProgram(fileURLToPath(new URL('programs/short-run.ts', import.meta.url)))
  expect(trace(program, [])).toMatchObject({ status: 0 })
  const all = listCalls()
  expect(all.map(([name]) => name)).toEqual(
    expect.arrayContaining(['mkdir', 'openat', 'pwrite64', 'chmod', 'unlink', 'rmdir']),
  )
  const left = all.flatMap(([name, count]) => {
    trace(program, ['-e', `inject=${name}:signal=SIGKILL:when=${count}`])
    const leftovers = removeDeadRuns(parent, file)
    const names = readdirSync(parent, { recursive: true })
    return leftovers.length === 0 && names.length === 0 ? [] : [{ name, count, names }]
  })
  expect(left).toEqual([])
})

it.runIf(canTrace)(
  'another run that looks while folders are removed leaves nothing, and takes none for unknown',
  { timeout: 120_000 },
  async () => {
    rmSync(parent, { recursive: true, force: true })
    mkdirSync(parent)
    // What matters is the time between the removal of the lock and that of the folder, and of the look at the lock and its
    // opening.
    const [left, ...seen] = await Promise.all([
      runSlowly(new URL('programs/many-short-runs.ts', import.meta.url), 'rmdir', 100, 50),
      ...[5, 10, 20].map((milliseconds) =>
        runSlowly(new URL('programs/many-looks.ts', import.meta.url), 'openat', milliseconds, 6000),
      ),
    ])
    expect(left).toEqual([])
    expect(seen.flat().filter((state) => state !== 'alive')).toEqual([])
    expect(readdirSync(parent)).toEqual([])
  },
)

/** Runs a program whose calls of a name begin late, and returns what it printed. */
async function runSlowly(program: URL, call: string, milliseconds: number, count: number): Promise<string[]> {
  const bundle = await bundleProgram(fileURLToPath(program))
  const delay = ['-e', `trace=${call}`, '-e', `inject=${call}:delay_enter=${milliseconds * 1000}`]
  const parameters = [
    '-o',
    join(place, `${call}.${milliseconds}`),
    ...delay,
    process.execPath,
    bundle,
    parent,
    file,
    `${count}`,
  ]
  const child = spawn('strace', parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  await once(child, 'close')
  return JSON.parse(printed)
}

it("the longest path with a quote is noted in the lock's only page", () => {
  mkdirSync(parent, { recursive: true })
  const long = `${join('/', ...Array.from({ length: 20 }, () => "it's ".repeat(40)))}/data.db`
  using folder = makeRunFolder(parent, long)
  expect(statSync(join(folder.path, 'run.lock')).size).toBe(8192)
})
