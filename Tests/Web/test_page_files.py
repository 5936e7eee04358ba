"""Files on the page: one, and many."""

import base64
import json

import pytest
from conftest import DEMO, REPOSITORY, clip, go, spoken, wait
from playwright.sync_api import expect

# A recording as the browser itself writes it.
RECORD = """async ([content, type]) => {
    const context = new AudioContext();
    const bytes = await (await fetch(`data:audio/wav;base64,${content}`)).arrayBuffer();
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes) });
    const destination = context.createMediaStreamDestination();
    source.connect(destination);
    const recorder = new MediaRecorder(destination.stream, { mimeType: type });
    const written = new Promise((resolve) => { recorder.ondataavailable = ({ data }) => resolve(data); });
    source.onended = () => recorder.stop();
    recorder.onstart = () => source.start();
    recorder.start();
    const reader = new FileReader();
    reader.readAsDataURL(await written);
    await new Promise((resolve) => { reader.onload = resolve; });
    return reader.result.split(",")[1];
}"""


@pytest.fixture(scope="session")
def browser_recordings(browser, tmp_path_factory):
    """The word as M4A and WebM, which only browsers read."""
    folder = tmp_path_factory.mktemp("recordings")
    content = base64.b64encode(spoken(folder).read_bytes()).decode()
    context = browser.new_context()
    page = context.new_page()
    paths = []
    for name, kind in (("memo.m4a", "audio/mp4"), ("note.webm", "audio/webm")):
        paths.append(folder / name)
        paths[-1].write_bytes(base64.b64decode(page.evaluate(RECORD, [content, kind])))
    context.close()
    return paths


def test_a_file_is_uploaded_with_a_preview_and_a_wrong_one_is_explained(open_page):
    page = open_page()
    go(page, "upload")
    page.set_input_files("#upload-file", clip())
    expect(page.locator("#upload-wave")).to_be_visible()
    page.click("#upload-form button")
    expect(page.locator("#upload-result .last")).to_have_text("alexa")
    page.set_input_files("#upload-file", REPOSITORY / "README.md")
    page.click("#upload-form button")
    expect(page.locator("#upload-result [role=alert]")).to_contain_text("not a recording")
    open_page.complaints.clear()  # the browser logs every answer that is an error


def test_what_only_the_browser_can_decode_is_recognised(open_page, browser_recordings):
    page = open_page()
    go(page, "upload")
    for path in browser_recordings:
        page.set_input_files("#upload-file", path)
        page.click("#upload-form button")
        expect(page.locator("#upload-result .last")).to_have_text("alexa")
    go(page, "batch")
    page.set_input_files("#batch-files", browser_recordings)
    expect(page.locator("#batch-count")).to_have_text("2 of 2")
    rows = [row.split("\t")[:2] for row in page.locator("#batch-rows tr").all_inner_texts()]
    assert rows == [["note.webm", "alexa"], ["memo.m4a", "alexa"]]


def test_many_files_have_a_row_each_and_can_be_saved(open_page):
    page = open_page()
    go(page, "batch")
    page.set_input_files("#batch-files", [clip(), REPOSITORY / "README.md", DEMO])
    expect(page.locator("#batch-rows tr")).to_have_count(3)
    expect(page.locator("#batch-count")).to_have_text("3 of 3")
    with page.expect_download() as download:
        page.click("#batch-csv")
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("file,keyword,confidence") and lines[1].startswith('"selftest.wav","alexa"')
    with page.expect_download() as download:
        page.click("#batch-json")
    assert [result["file"] for result in json.loads(download.value.path().read_text())] == ["selftest.wav", "README.md", DEMO.name]


def test_a_batch_of_more_files_than_one_request_may_have_gets_a_result_for_each(open_page):
    page = open_page()
    go(page, "batch")
    # Short, and sent as they are: they begin as a recording does.
    files = [{"name": f"{number}.wav", "mimeType": "audio/wav", "buffer": b"RIFF"} for number in range(1001)]
    page.set_input_files("#batch-files", [*files, {"name": "last.wav", "mimeType": "audio/wav", "buffer": clip().read_bytes()}])
    expect(page.locator("#batch-count")).to_have_text("1002 of 1002", timeout=180_000)
    rows = [row.split("\t")[:2] for row in page.locator("#batch-rows tr").all_inner_texts()]
    assert sorted(name for name, _ in rows) == sorted(["last.wav", *(file["name"] for file in files)])
    assert rows[0] == ["last.wav", "alexa"] and rows[-1] == ["0.wav", "error"]


def test_files_that_a_minute_does_not_allow_wait_and_are_sent_again(open_page):
    page = open_page()
    go(page, "batch")
    result = '{"index":%d,"file":"%s","keyword":"yes","confidence":1,"processing_time":0.001}\n'
    later = '{"index":0,"file":"a.wav","status":429,"error":"more than a minute allows"}\n'
    answers = [{"body": later + result % (1, "b.wav")}, {"status": 429, "body": '{"detail":"more"}'}, {"body": result % (0, "a.wav")}]
    page.route("**/api/batch-predict", lambda route: route.fulfill(**answers.pop(0)))
    page.set_input_files("#batch-files", [{"name": name, "mimeType": "audio/wav", "buffer": b"RIFF"} for name in ("a.wav", "b.wav")])
    expect(page.locator("#batch-count")).to_have_text("1 of 2. The service takes no more files of you for now; 1 wait.")
    expect(page.locator("#batch-count")).to_have_text("2 of 2")
    assert [row.split("\t")[:2] for row in page.locator("#batch-rows tr").all_inner_texts()] == [["a.wav", "yes"], ["b.wav", "yes"]]
    assert not answers
    open_page.complaints.clear()  # the browser logs every answer that is an error


def test_every_word_of_a_recording_has_its_place_on_the_waveform(open_page):
    page = open_page()
    go(page, "upload")
    page.set_input_files("#upload-file", DEMO)
    expect(page.locator("#upload-wave")).to_be_visible()
    page.click("#upload-spot")
    words = [line.split("\t") for line in (REPOSITORY / "Config/demo/words.tsv").read_text().splitlines()][:-1]
    expect(page.locator("#upload-result button")).to_have_count(len(words))
    marks = page.locator("#upload-marks span")
    assert marks.all_inner_texts() == [word.replace("_", " ") for _, _, word in words]
    width = page.locator("#upload-wave").bounding_box()["width"]
    left = page.locator("#upload-wave").bounding_box()["x"]
    for mark, (start, _, _) in zip(marks.all(), words, strict=True):
        assert abs((mark.bounding_box()["x"] - left) / width * 24.32 - float(start)) < 0.4
    page.locator("#upload-result button").nth(1).click()
    wait(page, "document.querySelector('#upload-audio').currentTime > 2")


def test_a_batch_can_be_stopped(open_page):
    page = open_page()
    go(page, "batch")
    page.route("**/api/batch-predict", lambda _: None, times=1)
    with page.expect_request("**/api/batch-predict"):
        page.set_input_files("#batch-files", [DEMO, REPOSITORY / "README.md"])
    with page.expect_event("requestfailed", lambda request: "batch-predict" in request.url):
        page.click("#batch-stop")
    expect(page.locator("#batch-count")).to_have_text("0 of 2. Stopped: the rest was not sent.")
    expect(page.locator("#batch-stop")).to_be_hidden()


def test_a_new_batch_gives_up_the_one_before(open_page):
    page = open_page()
    go(page, "batch")
    page.route("**/api/batch-predict", lambda _: None, times=1)
    with page.expect_request("**/api/batch-predict"):
        page.set_input_files("#batch-files", [DEMO, REPOSITORY / "README.md"])
    with page.expect_event("requestfailed", lambda request: "batch-predict" in request.url):
        page.set_input_files("#batch-files", clip())
    expect(page.locator("#batch-count")).to_have_text("1 of 1")
    assert page.locator("#batch-rows tr").all_inner_texts()[0].startswith("selftest.wav\talexa")


def test_a_file_that_is_chosen_gives_up_the_one_before(open_page):
    page = open_page()
    go(page, "upload")
    page.route("**/api/predict", lambda _: None, times=1)
    page.set_input_files("#upload-file", clip())
    with page.expect_request("**/api/predict"):
        page.click("#upload-form button")
    with page.expect_event("requestfailed", lambda request: "predict" in request.url):
        page.set_input_files("#upload-file", DEMO)
    assert page.inner_text("#upload-result") == ""


@pytest.mark.parametrize("width", [1280, 360])
def test_a_long_name_leaves_the_results_on_the_screen(open_page, tmp_path, width):
    page = open_page(width)
    go(page, "batch")
    path = tmp_path / f"{'recording_of_the_kitchen_' * 8}.wav"
    path.write_bytes(clip().read_bytes())
    page.set_input_files("#batch-files", path)
    expect(page.locator("#batch-count")).to_have_text("1 of 1")
    right = page.locator("#batch .scroll").bounding_box()
    keyword, confidence = (page.locator("#batch-rows td").nth(column) for column in (1, 2))
    place = confidence.bounding_box()
    assert place["x"] + place["width"] <= right["x"] + right["width"]
    assert keyword.evaluate("cell => cell.clientWidth > 20 && cell.scrollWidth <= cell.clientWidth")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda route: route.abort(), "The service does not answer. Is attune-web still running?"),
        (lambda route: route.fulfill(status=502, body="<html>Bad Gateway</html>"), "The service answered 502. Try again in a moment."),
        (lambda route: route.fulfill(status=200, body="<html>\n"), "What came back is no answer of attune-web. Try again in a moment."),
    ],
    ids=["nothing", "a proxy's error", "another page"],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_sentences(open_page, answer, told):
    page = open_page()
    page.route("**/api/*predict", answer)
    page.route("**/api/metrics", answer)
    go(page, "upload")
    page.set_input_files("#upload-file", clip())
    page.click("#upload-form button")
    expect(page.locator("#upload-result")).to_have_text(told)
    go(page, "batch")
    page.set_input_files("#batch-files", clip())
    expect(page.locator("#batch-count")).to_have_text(f"0 of 1. {told}")
    go(page, "model")
    expect(page.locator("#model-error")).to_have_text(told)
    page.unroute("**/api/metrics")
    expect(page.locator("#model-words table")).to_be_attached()
    expect(page.locator("#model-error")).to_be_empty()
    open_page.complaints.clear()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('{"index":0,"file":"a","error":"no sound"}\n{"ind', "1 of 2. The service has stopped in the middle. Choose the files again."),
        ('{"index":0,"file":"a","error":"no sound"}\n{"status":408,"detail":"too slow"}\n', "1 of 2. too slow"),
    ],
    ids=["in a line", "with a reason"],
)  # fmt: skip
def test_a_batch_that_breaks_off_says_so(open_page, lines, told):
    page = open_page()
    go(page, "batch")
    page.route("**/api/batch-predict", lambda route: route.fulfill(body=lines))
    page.set_input_files("#batch-files", [clip(), DEMO])
    expect(page.locator("#batch-count")).to_have_text(told)


def test_a_file_that_is_gone_costs_no_other_one(open_page, tmp_path):
    gone = tmp_path / "gone.wav"
    gone.write_bytes(clip().read_bytes())
    page = open_page()
    go(page, "upload")
    page.set_input_files("#upload-file", gone)
    expect(page.locator("#upload-wave")).to_be_visible()
    gone.unlink()
    page.click("#upload-form button")
    expect(page.locator("#upload-result")).to_have_text("gone.wav cannot be read. Is it a folder, or has it been moved?")
    go(page, "batch")
    # As a folder is that is dropped among files.
    page.evaluate("""() => {
        const read = Blob.prototype.arrayBuffer;
        Blob.prototype.arrayBuffer = async function () {
            if (this.name === "README.md") throw new DOMException("", "NotReadableError");
            return read.call(this);
        };
    }""")
    page.set_input_files("#batch-files", [REPOSITORY / "README.md", clip()])
    expect(page.locator("#batch-count")).to_have_text("2 of 2")
    assert [row.split("\t")[1] for row in page.locator("#batch-rows tr").all_inner_texts()] == ["alexa", "error"]
