// Where servers of several nodes are unless a test gives them hosts; network.mjs has others.

export const LOOPBACK = {
  address: () => "127.0.0.1",
  namespace: () => undefined,
  place: (server) => server,
};

// An address to listen on: "[fd00::1]" is written so in URLs only.
export const bare = (address) => address.replace(/^\[|\]$/g, "");
