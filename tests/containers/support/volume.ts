import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { docker } from '../../../src/harness/index.ts'

const programs = fileURLToPath(new URL('../programs/', import.meta.url))
const lifetimeMilliseconds = 600_000

/** Where the file of the server lies inside each container. */
export const databasePath = '/data/quickslice.db'

/** How a command inside a container ended. */
export interface Ended {
  readonly exitCode: number
  readonly output: string
}

/** A disk that containers share, and the containers on it. All of it goes at the end. */
export class Volume {
  readonly #image: string
  readonly #name = `quickslice-${randomUUID()}`
  readonly #containers: StartedTestContainer[] = []

  constructor(image: string) {
    this.#image = image
  }

  /** A container that waits until it is told to run something. */
  async startIdle(adapt: (container: GenericContainer) => GenericContainer = (same) => same) {
    const wait = `console.log('ready'); setTimeout(() => {}, ${lifetimeMilliseconds})`
    const container = this.#describe().withCommand(['node', '-e', wait])
    return this.#start(adapt(container).withWaitStrategy(Wait.forLogMessage('ready')))
  }

  /** A container whose server waits in the middle of its upgrade. */
  async startHolding(...options: readonly string[]) {
    const command = ['node', '/programs/server.mjs', databasePath, ...options]
    return this.#start(
      this.#describe().withCommand(command).withWaitStrategy(Wait.forLogMessage('"holding"')),
    )
  }

  /** Removes the containers and the disk. */
  async remove() {
    await Promise.all(this.#containers.map((container) => container.stop({ timeout: 0 }).catch(() => {})))
    await docker('volume', 'rm', '--force', this.#name)
  }

  /** The mount of this disk that can only be read. */
  readOnly(container: GenericContainer): GenericContainer {
    return container.withBindMounts([{ source: this.#name, target: '/data', mode: 'ro' }])
  }

  #describe() {
    return new GenericContainer(this.#image)
      .withNetworkMode('none')
      .withBindMounts([{ source: this.#name, target: '/data', mode: 'rw' }])
      .withCopyDirectoriesToContainer([{ source: programs, target: '/programs' }])
  }

  async #start(container: GenericContainer) {
    const started = await container.start()
    this.#containers.push(started)
    return started
  }
}

/** Starts the server in a container and waits until it ends. */
export async function serve(container: StartedTestContainer, ...options: readonly string[]): Promise<Ended> {
  return container.exec(['node', '/programs/server.mjs', databasePath, ...options])
}

/** Puts a file where the server looks for it. */
export async function put(container: StartedTestContainer, bytes: Uint8Array, target = databasePath) {
  await container.copyContentToContainer([{ content: Buffer.from(bytes), target }])
}

/** Copies a folder out of a container; the copy is there until it is disposed of. */
export async function copyOut(container: StartedTestContainer, source = '/data') {
  const folder = mkdtempSync(path.join(tmpdir(), 'container-data-'))
  await docker('cp', `${container.getId()}:${source}/.`, folder)
  return {
    file: path.join(folder, path.basename(databasePath)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
