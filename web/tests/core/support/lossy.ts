import { fromBinary } from '@bufbuild/protobuf';
import type { Transport } from '../../../src/core/env.js';
import * as wire from '../../../src/schema/wire';

/** A network that loses all requests of one kind until it is cut, after which it is whole. */
export class LossyTransport implements Transport {
  private lossy = true;
  private close = () => {};
  constructor(
    private readonly inner: Transport,
    private readonly loses: wire.ClientFrame['request']['case'] = 'append',
  ) {}

  connect: Transport['connect'] = (url, handlers) => {
    const socket = this.inner.connect(url, handlers);
    this.close = () => socket.close();
    return {
      send: (bytes) => {
        const { request } = fromBinary(wire.ClientFrameSchema, bytes);
        if (!this.lossy || request.case !== this.loses) socket.send(bytes);
      },
      close: () => socket.close(),
    };
  };
  cut(): void {
    this.lossy = false;
    this.close();
  }
}
