import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { docker } from '../engines/runtime.ts'
import { label } from './start-container.ts'

const programs = fileURLToPath(new URL('../programs/', import.meta.url))
const lifetimeMilliseconds = 600_000

/** Where the file of the server lies inside each container. */
export const databasePath = '/data/quickslice.db'

/** Starts as the server does. */
const server = ['node', '/programs/server.mjs', databasePath]

/** Upgrades the file as a person does. */
export const upgradeCommand = ['node', '/app/dist/cli.cjs', 'upgrade', databasePath]

/** How a command inside a container ended. */
export interface Ended {
  readonly exitCode: number
  readonly output: string
}

/** A disk that containers share, and the containers on it. All of it goes at the end. */
export class Volume {
  readonly #image: string
  readonly #name = `quickslice-${randomUUID()}`
  #containers: StartedTestContainer[] = []

  private constructor(image: string) {
    this.#image = image
  }

  /** Makes a disk for containers of an image. */
  static async make(image: string): Promise<Volume> {
    const volume = new Volume(image)
    await docker('volume', 'create', '--label', label, volume.#name)
    return volume
  }

  /** A container that waits until it is asked to run something. */
  startIdle(adapt: (container: GenericContainer) => GenericContainer = (same) => same) {
    const wait = `console.log('ready'); setTimeout(() => {}, ${lifetimeMilliseconds})`
    return this.#start(adapt(this.#describe()), ['node', '-e', wait], 'ready')
  }

  /** A container whose server waits in the middle of its upgrade. */
  startHolding(...options: readonly string[]) {
    return this.startRunning([...server, ...options], '"holding"')
  }

  /** A container that runs a command; it counts as started once the command has printed a text. */
  startRunning(command: readonly string[], text: string) {
    return this.#start(this.#describe(), command, text)
  }

  /** The mount of this disk that can only be read. */
  readOnly(container: GenericContainer): GenericContainer {
    return container.withBindMounts([{ source: this.#name, target: '/data', mode: 'ro' }])
  }

  /** Removes all containers but one. */
  async leaveOnly(keeper: StartedTestContainer) {
    const others = this.#containers.filter((container) => container !== keeper)
    this.#containers = [keeper]
    await Promise.all(others.map((container) => container.stop({ timeout: 0 })))
  }

  /** Removes the containers and the disk. */
  async remove() {
    await Promise.all(this.#containers.map((container) => container.stop({ timeout: 0 })))
    await docker('volume', 'rm', '--force', this.#name)
  }

  #describe() {
    return new GenericContainer(this.#image)
      .withLabels({ [label]: 'server' })
      .withNetworkMode('none')
      .withBindMounts([{ source: this.#name, target: '/data', mode: 'rw' }])
      .withCopyDirectoriesToContainer([{ source: programs, target: '/programs' }])
  }

  async #start(container: GenericContainer, command: readonly string[], text: string) {
    const started = await container
      .withCommand([...command])
      .withWaitStrategy(Wait.forLogMessage(text))
      .start()
    this.#containers.push(started)
    return started
  }
}

/** Starts the server in a container and waits until it ends. */
export async function serve(container: StartedTestContainer, ...options: readonly string[]): Promise<Ended> {
  return container.exec([...server, ...options])
}

/** Runs the command of a person in a container and waits until it ends. */
export async function upgrade(container: StartedTestContainer): Promise<Ended> {
  return container.exec(upgradeCommand)
}

/** The exit code of a container whose command has ended; waits for it. */
export async function exitCodeOf(container: StartedTestContainer): Promise<number> {
  return Number(await docker('wait', container.getId()))
}

/** Empties the disk and puts a file where the server looks for it. */
export async function placeFile(container: StartedTestContainer, bytes: Uint8Array) {
  const script = `for (const name of fs.readdirSync('/data')) fs.rmSync('/data/' + name, { recursive: true })`
  await container.exec(['node', '-e', script])
  await put(container, bytes, databasePath)
}

export async function put(container: StartedTestContainer, bytes: Uint8Array, target: string) {
  await container.copyContentToContainer([{ content: Buffer.from(bytes), target }])
}

/** Copies a folder out of a container; the copy is there until it is disposed of. */
export async function copyOut(container: StartedTestContainer, source = '/data') {
  const folder = mkdtempSync(join(tmpdir(), 'container-data-'))
  await docker('cp', `${container.getId()}:${source}/.`, folder)
  return {
    file: join(folder, basename(databasePath)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
