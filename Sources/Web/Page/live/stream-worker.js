// Lives as long as any tab of this page is open, and gives all of them the events of one stream.
import { sparing, Stream } from "./stream.js";

const stream = new Stream();

addEventListener("connect", ({ ports: [port] }) => {
  let isSeen = true;
  port.onmessage = ({ data }) => { isSeen = data.isSeen; };
  const leave = stream.listen(sparing((event) => port.postMessage(event), () => isSeen));
  port.addEventListener("close", leave);
});
