import { countOf, formatCount } from '../../count.ts'
import type { CrashTimeline } from '../model.ts'
import { Scroll } from './parts.tsx'

/** In pixels of the drawing. */
const sizes = { left: 118, right: 16, lane: 22, flags: 30, bars: 120, least: 1000, step: 4 } as const

type Operation = CrashTimeline['operations'][number]

const legend: readonly (readonly [kind: string, words: string])[] = [
  ['write', 'write'],
  ['sync', 'sync'],
  ['create', 'create'],
  ['truncate', 'truncate'],
  ['unlink', 'remove'],
]

/** Every operation of the disk from left to right, and below, what a power failure right after it would leave. */
export function Timeline({ timeline }: { readonly timeline: CrashTimeline }) {
  const { path, journalMode, operations, points, seed, unitBytes } = timeline
  const disks = points.reduce((sum, { images }) => sum + images, 0)
  const versions = versionsOf(timeline)
  return (
    <figure class="timeline">
      <figcaption>
        <strong>
          The upgrade of <code>{path}</code>, as the disk saw it
        </strong>{' '}
        {`in journal mode ${journalMode}: ${countOf(operations.length, 'operation')}, and ${formatCount(disks)} disks that a power failure after one of them may leave (seed ${seed}, units of ${unitBytes} bytes).`}
      </figcaption>
      <Scroll label="Time line of the disk" class="canvas">
        <Drawing timeline={timeline} />
      </Scroll>
      <p class="legend">
        {legend.map(([kind, words]) => (
          <span key={kind} class={`key op-${kind}`}>
            {words}
          </span>
        ))}
        <span>⚑ the version is there for good</span>
        <span>bars: the version that is found afterwards,</span>
        {versions.map((version) => (
          <span key={version} class={`key version-${shade(version, versions)}`}>
            {`v${version}`}
          </span>
        ))}
        {points.some(({ bad }) => bad > 0) ? <span class="key version-bad">bad</span> : null}
      </p>
      <details>
        <summary>The operations in words</summary>
        <ol class="operations">
          {operations.map(({ text }, index) => (
            <li key={index}>{text}</li>
          ))}
        </ol>
      </details>
    </figure>
  )
}

function Drawing({ timeline }: { readonly timeline: CrashTimeline }) {
  const { operations, points } = timeline
  const lanes = lanesOf(operations)
  const width = Math.max(sizes.least, operations.length * sizes.step)
  const step = width / Math.max(1, operations.length)
  const lanesTop = sizes.flags
  const barsTop = lanesTop + lanes.length * sizes.lane + 14
  const height = barsTop + sizes.bars + 22
  const versions = versionsOf(timeline)
  const most = Math.max(1, ...points.map(({ images }) => images))
  return (
    <svg
      class="strip"
      role="img"
      aria-label={`${countOf(operations.length, 'operation')} of the disk; the list below names each.`}
      viewBox={`0 0 ${sizes.left + width + sizes.right} ${height}`}
      width={sizes.left + width + sizes.right}
      height={height}
    >
      {lanes.map((lane, index) => (
        <g key={lane} transform={`translate(0 ${lanesTop + index * sizes.lane})`}>
          <line class="lane" x1={sizes.left} x2={sizes.left + width} y1="11" y2="11" />
          <text x={sizes.left - 10} y="15" text-anchor="end">
            {clip(lane)}
          </text>
        </g>
      ))}
      <text x={sizes.left - 10} y={barsTop + 12} text-anchor="end">
        disks found
      </text>
      {points.map((point) => (
        <Bar
          key={point.afterOperation}
          point={point}
          x={sizes.left + (point.afterOperation - 0.5) * step}
          width={Math.max(1, step - 0.8)}
          bottom={barsTop + sizes.bars}
          scale={sizes.bars / Math.sqrt(most)}
          versions={versions}
          after={operations[point.afterOperation - 1]}
        />
      ))}
      <line
        class="axis"
        x1={sizes.left}
        x2={sizes.left + width}
        y1={barsTop + sizes.bars}
        y2={barsTop + sizes.bars}
      />
      {operations.map((operation, index) =>
        operation.kind === 'acknowledge' ? (
          <Flag
            key={index}
            operation={operation}
            x={sizes.left + (index + 0.5) * step}
            bottom={barsTop + sizes.bars}
          />
        ) : (
          <Tick
            key={index}
            operation={operation}
            number={index + 1}
            x={sizes.left + index * step}
            y={lanesTop + lanes.indexOf(laneOf(operation)) * sizes.lane}
            width={Math.max(1.5, step - 1)}
          />
        ),
      )}
      <text class="end" x={sizes.left} y={height - 5}>
        1
      </text>
      <text class="end" x={sizes.left + width} y={height - 5} text-anchor="end">
        {`operation ${formatCount(operations.length)}`}
      </text>
    </svg>
  )
}

interface TickProps {
  readonly operation: Operation
  readonly number: number
  readonly x: number
  readonly y: number
  readonly width: number
}

function Tick({ operation: { kind, text }, number, x, y, width }: TickProps) {
  const tall = kind === 'sync' || kind === 'sync-directory'
  return (
    <rect
      class={`op-${kind}`}
      x={round(x)}
      y={y + (tall ? 1 : 4)}
      width={round(width)}
      height={tall ? 20 : 14}
      rx="1"
    >
      <title>{`${number}: ${text}`}</title>
    </rect>
  )
}

function Flag({
  operation,
  x,
  bottom,
}: {
  readonly operation: Operation
  readonly x: number
  readonly bottom: number
}) {
  const [version] = /\d+/.exec(operation.text) ?? ['']
  return (
    <g class="flag">
      <title>{operation.text}</title>
      <line x1={round(x)} x2={round(x)} y1="18" y2={bottom} />
      <text x={round(x)} y="13" text-anchor="middle">
        {`⚑ v${version}`}
      </text>
    </g>
  )
}

interface BarProps {
  readonly point: CrashTimeline['points'][number]
  readonly x: number
  readonly width: number
  readonly bottom: number
  /** Pixels for the square root of a disk: one disk must be seen beside a hundred. */
  readonly scale: number
  readonly versions: readonly number[]
  readonly after: Operation | undefined
}

function Bar({ point, x, width, bottom, scale, versions, after }: BarProps) {
  const { afterOperation, images, bad } = point
  const found = point.versions.toSorted((left, right) => left.version - right.version)
  const height = Math.sqrt(images) * scale
  const parts = [
    ...found.map(({ version, images: count }) => ({ name: `version-${shade(version, versions)}`, count })),
    ...(bad > 0 ? [{ name: 'version-bad', count: bad }] : []),
  ]
  const words = [
    ...found.map(({ version, images: count }) => `${count} of v${version}`),
    ...(bad > 0 ? [`${bad} bad`] : []),
  ]
  let done = 0
  return (
    <g>
      <title>{`power failure after ${afterOperation} (${after?.text ?? 'nothing'}): ${words.join(', ')}`}</title>
      {parts.map(({ name, count }) => {
        const top = bottom - ((done + count) / images) * height
        done += count
        return (
          <rect
            key={name}
            class={name}
            x={round(x)}
            y={round(top)}
            width={round(width)}
            height={round((count / images) * height)}
          />
        )
      })}
    </g>
  )
}

function versionsOf({ points }: CrashTimeline): number[] {
  const versions = points.flatMap((point) => point.versions.map(({ version }) => version))
  return [...new Set(versions)].sort((left, right) => left - right)
}

/** There are nine colours: the latest version has the last one. */
function shade(version: number, versions: readonly number[]): number {
  const index = versions.indexOf(version)
  return versions.length <= 1 ? 8 : Math.round((index / (versions.length - 1)) * 8)
}

const folder = 'the folder'

function lanesOf(operations: readonly Operation[]): string[] {
  return [...new Set(operations.filter(({ kind }) => kind !== 'acknowledge').map(laneOf))]
}

function laneOf({ file }: Operation): string {
  return file ?? folder
}

function clip(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 15)}…`
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
