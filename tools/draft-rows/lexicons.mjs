// Lexicon documents that many servers load: short forms, written for these fixtures.

const createdAt = { type: 'string', format: 'datetime' }
const strongRefName = 'com.atproto.repo.strongRef'
const strongRefProperty = { type: 'ref', ref: strongRefName }

/** A document whose main definition is a record. */
export const recordLexicon = (id, description, { key = 'tid', required, properties, defs = {} }) => ({
  lexicon: 1,
  id,
  defs: {
    main: { type: 'record', description, key, record: { type: 'object', required, properties } },
    ...defs,
  },
})

export const strongRef = {
  lexicon: 1,
  id: strongRefName,
  description: 'Points to one version of one record.',
  defs: {
    main: {
      type: 'object',
      required: ['uri', 'cid'],
      properties: { uri: { type: 'string', format: 'at-uri' }, cid: { type: 'string', format: 'cid' } },
    },
  },
}

export const facet = {
  lexicon: 1,
  id: 'app.bsky.richtext.facet',
  defs: {
    main: {
      type: 'object',
      description: 'What a stretch of text means.',
      required: ['index', 'features'],
      properties: {
        index: { type: 'ref', ref: '#byteSlice' },
        features: { type: 'array', items: { type: 'union', refs: ['#mention', '#link', '#tag'] } },
      },
    },
    mention: { type: 'object', required: ['did'], properties: { did: { type: 'string', format: 'did' } } },
    link: { type: 'object', required: ['uri'], properties: { uri: { type: 'string', format: 'uri' } } },
    tag: { type: 'object', required: ['tag'], properties: { tag: { type: 'string', maxGraphemes: 64 } } },
    byteSlice: {
      type: 'object',
      description: 'Counted in bytes of UTF-8; the end is not included.',
      required: ['byteStart', 'byteEnd'],
      properties: { byteStart: { type: 'integer', minimum: 0 }, byteEnd: { type: 'integer', minimum: 0 } },
    },
  },
}

export const post = recordLexicon('app.bsky.feed.post', 'A short public message.', {
  required: ['text', 'createdAt'],
  properties: {
    text: { type: 'string', maxLength: 3000, maxGraphemes: 300 },
    facets: { type: 'array', items: { type: 'ref', ref: 'app.bsky.richtext.facet' } },
    reply: { type: 'ref', ref: '#replyRef' },
    langs: { type: 'array', maxLength: 3, items: { type: 'string', format: 'language' } },
    tags: { type: 'array', maxLength: 8, items: { type: 'string', maxGraphemes: 64 } },
    createdAt,
  },
  defs: {
    replyRef: {
      type: 'object',
      required: ['root', 'parent'],
      properties: { root: strongRefProperty, parent: strongRefProperty },
    },
  },
})

export const like = recordLexicon('app.bsky.feed.like', 'Somebody likes a record.', {
  required: ['subject', 'createdAt'],
  properties: { subject: strongRefProperty, createdAt },
})

export const follow = recordLexicon('app.bsky.graph.follow', 'Somebody follows an account.', {
  required: ['subject', 'createdAt'],
  properties: { subject: { type: 'string', format: 'did' }, createdAt },
})

export const profile = recordLexicon('app.bsky.actor.profile', 'How an account presents itself.', {
  key: 'literal:self',
  required: [],
  properties: {
    displayName: { type: 'string', maxGraphemes: 64, maxLength: 640 },
    description: { type: 'string', maxGraphemes: 256, maxLength: 2560 },
    avatar: { type: 'blob', accept: ['image/png', 'image/jpeg'], maxSize: 1000000 },
    createdAt,
  },
})
