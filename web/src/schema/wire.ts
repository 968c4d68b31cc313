// Frames between this client and its node (protocol/schema/client.proto); import as a namespace: `import * as wire`.
export * from './generated/client_pb';
