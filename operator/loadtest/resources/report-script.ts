// What the container locust-report runs, with the Python that every Locust image has: it waits until the master has
// ended and then delivers the report. Its answer, and what goes into a ConfigMap, are lines of its log, so that no
// pod of a test needs rights on the API.

/** Before each line of the log that is meant for the operator. */
export const reportMark = 'CRATEKUBE-REPORT '
export const reportDirectory = '/cratekube/report'
export const reportVolumeMount = '/cratekube/volume'

export const reportScript = `
import base64, csv, datetime, gzip, hashlib, hmac, json, os, shutil, signal, threading, urllib.parse, urllib.request

directory, formats = '${reportDirectory}', os.environ['REPORT_FORMATS'].split(',')
begun = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
path = '/'.join(part for part in os.environ.get('REPORT_PATH', '').split('/') if part) + '/' + begun
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())

def say(**answer):
    print('${reportMark}' + json.dumps(answer), flush=True)

def rows(name):
    full = os.path.join(directory, 'report_' + name + '.csv')
    if not os.path.exists(full):
        return []
    with open(full, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))

def prepare():
    if 'json' in formats:
        tables = {name: rows(name) for name in ('stats', 'failures', 'exceptions')}
        with open(os.path.join(directory, 'report.json'), 'w', encoding='utf-8') as file:
            json.dump(tables, file)
    wanted = tuple('.' + format for format in formats)
    files = sorted(name for name in os.listdir(directory) if name.endswith(wanted))
    if not files or ('html' in formats and 'report.html' not in files):
        raise RuntimeError('Locust wrote no report')
    return files

def read(name):
    with open(os.path.join(directory, name), 'rb') as file:
        return file.read()

def to_log(files):
    for name in files:
        text = base64.b64encode(gzip.compress(read(name), 9)).decode()
        for at in range(0, len(text), 8000):
            say(file=name, part=text[at:at + 8000])

def to_volume(files):
    target = os.path.join('${reportVolumeMount}', path.lstrip('/'))
    os.makedirs(target, exist_ok=True)
    for name in files:
        shutil.copyfile(os.path.join(directory, name), os.path.join(target, name))
    return path.lstrip('/')

def signed(key, message):
    return hmac.new(key, message.encode(), hashlib.sha256).digest()

def put(name):
    env, body = os.environ, read(name)
    region = env['REPORT_REGION']
    endpoint = env.get('REPORT_ENDPOINT') or 'https://s3.' + region + '.amazonaws.com'
    uri = urllib.parse.quote('/' + env['REPORT_BUCKET'] + '/' + path.lstrip('/') + '/' + name)
    url = urllib.parse.urlsplit(endpoint)
    now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
    headers = {'host': url.netloc, 'x-amz-content-sha256': hashlib.sha256(body).hexdigest(), 'x-amz-date': now}
    if env.get('AWS_SESSION_TOKEN'):
        headers['x-amz-security-token'] = env['AWS_SESSION_TOKEN']
    names = ';'.join(sorted(headers))
    canonical = '\\n'.join(['PUT', url.path.rstrip('/') + uri, '', *(k + ':' + headers[k] for k in sorted(headers)), '', names,
                           headers['x-amz-content-sha256']])
    scope = '/'.join([now[:8], region, 's3', 'aws4_request'])
    text = '\\n'.join(['AWS4-HMAC-SHA256', now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ('AWS4' + env['AWS_SECRET_ACCESS_KEY']).encode()
    for piece in scope.split('/'):
        key = signed(key, piece)
    headers['authorization'] = ('AWS4-HMAC-SHA256 Credential=' + env['AWS_ACCESS_KEY_ID'] + '/' + scope
                                + ',SignedHeaders=' + names + ',Signature=' + signed(key, text).hex())
    request = urllib.request.Request(endpoint.rstrip('/') + uri, data=body, method='PUT', headers=headers)
    urllib.request.urlopen(request, timeout=10).read()

def to_bucket(files):
    for name in files:
        put(name)
    return path.lstrip('/')

ended.wait()
try:
    deliver = {'configMap': to_log, 'persistentVolumeClaim': to_volume, 'uploadTo': to_bucket}[os.environ['REPORT_TO']]
    say(done=deliver(prepare()) or '')
except Exception as error:
    detail = error.read(300).decode(errors='replace') if hasattr(error, 'read') else ''
    say(error=str(error) + (' ' + detail if detail else ''))
`.trimStart()
